package client

import "regexp"

// sourceLine is what registered errors of the SDK add of themselves when they are wrapped
// by fmt.Errorf: the file and line that wrapped them first.
var sourceLine = regexp.MustCompile(` \[[^\[\] ]+\.go:\d+\]`)

// Message is an error for people: its text without the source lines of our own code.
func Message(err error) string { return sourceLine.ReplaceAllString(err.Error(), "") }
