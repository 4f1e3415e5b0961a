package credential

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	errorsmod "cosmossdk.io/errors"
)

// exact refuses what the canonical form would not keep: RFC 8785 takes numbers for IEEE 754 doubles, so
// that 9007199254740993 would be signed as …992 and one signature hold for both, while other readers tell
// them apart; text that is not UTF-8 would be replaced. RFC 7493 (I-JSON) has neither.
func exact(document []byte) error {
	if !utf8.Valid(document) {
		return errorsmod.Wrap(ErrCredential, "JSON: must be UTF-8")
	}
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.UseNumber()
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return errorsmod.Wrapf(ErrCredential, "JSON: %s", err)
		}
		if number, is := token.(json.Number); is && !isDouble(number.String()) {
			return errorsmod.Wrapf(ErrCredential, "JSON: number %.40s: must be one that a double has; write longer ones as text", number)
		}
	}
}

// isDouble tells whether a JSON number is what the shortest text of its double says.
func isDouble(text string) bool {
	value, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return false
	}
	digits, exponent := decimal(text)
	shortest, there := decimal(strconv.FormatFloat(value, 'e', -1, 64))
	return digits == shortest && (digits == "" || exponent == there)
}

// decimal returns the significant digits of a JSON number, none for zero, and the power of ten of the last.
func decimal(text string) (digits string, exponent int) {
	mantissa, power, _ := strings.Cut(strings.ToLower(strings.TrimPrefix(text, "-")), "e")
	exponent, _ = strconv.Atoi(power) // none is 0; one that does not fit belongs to zero or to no double
	whole, fraction, _ := strings.Cut(mantissa, ".")
	exponent -= len(fraction)
	digits = strings.TrimLeft(whole+fraction, "0")
	short := strings.TrimRight(digits, "0")
	return short, exponent + len(digits) - len(short)
}
