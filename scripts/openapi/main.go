// Command openapi finishes what protoc-gen-openapiv2 wrote: it reads that document
// on standard input and writes one to standard output that has a title, operation
// identifiers that are unique, our own services first, and a stable order.
package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// ours is the prefix of our own protobuf packages; their services come first.
const ours = "mesh."

// operation is one method on one path; only what is changed is spelled out.
type operation struct {
	Summary     string          `json:"summary,omitempty"`
	Description string          `json:"description,omitempty"`
	OperationID string          `json:"operationId"`
	Responses   json.RawMessage `json:"responses"`
	Parameters  json.RawMessage `json:"parameters,omitempty"`
	Tags        []string        `json:"tags"`
	Deprecated  bool            `json:"deprecated,omitempty"`
}

type tag struct {
	Name string `json:"name"`
}

type info struct {
	Title       string `json:"title"`
	Description string `json:"description"`
	Version     string `json:"version"`
}

type document struct {
	Swagger     string                          `json:"swagger"`
	Info        info                            `json:"info"`
	Tags        []tag                           `json:"tags"`
	Consumes    []string                        `json:"consumes"`
	Produces    []string                        `json:"produces"`
	Paths       map[string]map[string]operation `json:"paths"`
	Definitions map[string]json.RawMessage      `json:"definitions"`
}

func main() {
	title := flag.String("title", "", "title of the document")
	description := flag.String("description", "", "what the interface is")
	flag.Parse()
	if err := run(os.Stdin, os.Stdout, *title, *description); err != nil {
		fmt.Fprintln(os.Stderr, "openapi:", err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer, title, description string) error {
	var doc document
	dec := json.NewDecoder(in)
	dec.DisallowUnknownFields() // a field that is not known here would be lost
	if err := dec.Decode(&doc); err != nil {
		return fmt.Errorf("standard input is not the document of protoc-gen-openapiv2: %w", err)
	}
	doc.Info = info{Title: title, Description: description, Version: "v1"}
	if err := rename(doc.Paths); err != nil {
		return err
	}
	doc.Tags = tags(doc.Paths)

	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(doc); err != nil {
		return err
	}
	_, err := out.Write(buf.Bytes())
	return err
}

// rename turns Query_Params, of which every module has one, into
// cosmos.bank.v1beta1.Query.Params, and reports an identifier used twice.
func rename(paths map[string]map[string]operation) error {
	seen := make(map[string]string)
	for path, methods := range paths {
		for method, op := range methods {
			if len(op.Tags) != 1 {
				return fmt.Errorf("%s %s: has %d tags, expected its service alone", method, path, len(op.Tags))
			}
			_, rpc, _ := strings.Cut(op.OperationID, "_")
			op.OperationID = op.Tags[0] + "." + rpc
			if other, dup := seen[op.OperationID]; dup {
				return fmt.Errorf("%s: operation of both %s and %s", op.OperationID, other, path)
			}
			seen[op.OperationID] = path
			methods[method] = op
		}
	}
	return nil
}

func tags(paths map[string]map[string]operation) []tag {
	var list []tag
	for _, methods := range paths {
		for _, op := range methods {
			list = append(list, tag{Name: op.Tags[0]})
		}
	}
	slices.SortFunc(list, func(a, b tag) int {
		if ourA, ourB := strings.HasPrefix(a.Name, ours), strings.HasPrefix(b.Name, ours); ourA != ourB {
			if ourA {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.Name, b.Name)
	})
	return slices.Compact(list)
}
