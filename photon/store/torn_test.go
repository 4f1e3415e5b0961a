package store

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/cockroachdb/pebble/vfs"
	"github.com/stretchr/testify/require"
)

// segmentImage returns a segment with so many records in flushes of two, the ends of
// the records, and where the log ends.
func segmentImage(t testing.TB, records int) (image []byte, ends []int64) {
	t.Helper()
	fs := vfs.NewMem()
	l, err := openLog(fs, "", 4<<10, position{}, nil)
	require.NoError(t, err)
	ends = []int64{segmentHeaderLength}
	for i := range records {
		_, err := l.append(kindChanges, []byte("key"), []byte{byte(i)}, bytes.Repeat([]byte{byte(i + 1)}, 20+i))
		require.NoError(t, err)
		ends = append(ends, l.end.offset)
		if i%2 == 1 {
			require.NoError(t, l.flush())
		}
	}
	require.NoError(t, l.flush())
	image = make([]byte, 4<<10)
	_, err = l.segment(1).file.ReadAt(image, 0)
	require.NoError(t, err)
	require.NoError(t, l.close())
	return image, ends
}

// replayImage opens a log of one segment and returns how many records it holds.
func replayImage(t testing.TB, image []byte) (records int, err error) {
	t.Helper()
	fs := vfs.NewMem()
	f, err := fs.Create(segmentName(1))
	require.NoError(t, err)
	_, err = f.Write(bytes.Clone(image))
	require.NoError(t, err)
	require.NoError(t, f.Close())
	l, err := openLog(fs, "", 4<<10, position{}, func(r record, _ position) error {
		if want := bytes.Repeat([]byte{byte(records + 1)}, 20+records); !bytes.Equal(want, r.body) {
			return fmt.Errorf("record %d has body %x", records, r.body)
		}
		records++
		return nil
	})
	if err != nil {
		return records, err
	}
	return records, l.close()
}

// A file that ends at any byte holds the records before that byte.
func TestTruncationAtEveryByte(t *testing.T) {
	image, ends := segmentImage(t, 6)
	for cut := int64(segmentHeaderLength); cut <= ends[6]; cut++ {
		whole := 0
		for whole < 6 && ends[whole+1] <= cut {
			whole++
		}
		zeroed := append(bytes.Clone(image[:cut]), make([]byte, int64(len(image))-cut)...)
		for name, torn := range map[string][]byte{"cut": image[:cut], "zeroed": zeroed} {
			records, err := replayImage(t, torn)
			require.NoError(t, err, "%s at %d", name, cut)
			require.Equal(t, whole, records, "%s at %d", name, cut)
		}
	}
	for cut := range segmentHeaderLength {
		_, err := replayImage(t, image[:cut])
		require.ErrorIs(t, err, ErrCorrupt, "header cut at %d", cut)
	}
}

// A byte that changed in a record which a later flush built upon is damage, never
// taken for a torn tail; in the last flush it cannot be told from one.
func TestDamageAtEveryByte(t *testing.T) {
	image, ends := segmentImage(t, 6)
	for at := int64(segmentHeaderLength); at < ends[6]; at++ {
		damaged := bytes.Clone(image)
		damaged[at] ^= 0x40
		records, err := replayImage(t, damaged)
		if at < ends[4] {
			require.ErrorIs(t, err, ErrCorrupt, "byte %d", at)
			require.ErrorContains(t, err, "was on disk once")
			continue
		}
		require.NoError(t, err, "byte %d", at)
		require.GreaterOrEqual(t, records, 4)
		require.Less(t, records, 6)
	}
}

// What an earlier life left behind the end of a log is never read as its records.
func TestRecordsOfAnEarlierLife(t *testing.T) {
	image, ends := segmentImage(t, 6)
	fs := vfs.NewMem()
	f, err := fs.Create(segmentName(1))
	require.NoError(t, err)
	torn := bytes.Clone(image)
	torn[ends[4]+headerLength] ^= 1 // record 5 is torn, record 6 behind it is whole
	_, err = f.Write(torn)
	require.NoError(t, err)
	count := func(want int) *log {
		n := 0
		l, err := openLog(fs, "", 4<<10, position{}, func(record, position) error { n++; return nil })
		require.NoError(t, err)
		require.Equal(t, want, n)
		return l
	}
	l := count(4)
	// A new record of the same length as the torn one, so that the old record 6 lies
	// exactly behind it.
	_, err = l.append(kindChanges, []byte("key"), []byte{9}, make([]byte, 24))
	require.NoError(t, err)
	require.Equal(t, ends[5], l.end.offset)
	require.NoError(t, l.flush())
	require.NoError(t, l.close())
	require.NoError(t, count(5).close())
}

func FuzzParseRecord(f *testing.F) {
	image, ends := segmentImage(f, 3)
	for i := range 3 {
		f.Add(uint64(1), image[ends[i]:ends[i+1]])
	}
	f.Fuzz(func(t *testing.T, segment uint64, b []byte) {
		r, err := parseRecord(segment, b)
		if err != nil {
			require.True(t, errors.Is(err, errNoRecord))
			return
		}
		// What is taken is what would be written.
		again := r.header
		again.seal(segment, r.keyBytes, r.changesBytes, r.body)
		out := again.appendTo(nil)
		out = append(append(append(out, r.keyBytes...), r.changesBytes...), r.body...)
		require.Equal(t, b[:len(out)], out)
	})
}
