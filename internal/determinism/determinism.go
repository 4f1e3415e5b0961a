// Package determinism finds code in the state machine whose outcome could differ from
// node to node, which would split the chain: iteration over maps, floating point,
// goroutines and select, clocks, randomness. It reads x/ and app/ with their types; a
// test runs it over the tree.
//
// Code that only looks like it, for example a loop over a map that collects keys to be
// sorted, carries a directive with the reason, on its line or the line above:
//
//	//determinism:allow the keys are sorted below
package determinism

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Finding is one place that could make nodes disagree.
type Finding struct {
	File string // relative to the root of the module
	Line int
	What string
}

func (f Finding) String() string { return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.What) }

const directive = "//determinism:allow"

// forbiddenPackages must not be imported at all.
var forbiddenPackages = map[string]string{
	"math/rand":    "randomness that is not the chain's",
	"math/rand/v2": "randomness that is not the chain's",
	"crypto/rand":  "randomness that is not the chain's",
}

// forbiddenFunctions must not be used, by package and name.
var forbiddenFunctions = map[string]string{
	"time.Now":               "a wall clock: use the block's time",
	"time.Since":             "a wall clock: use the block's time",
	"time.Until":             "a wall clock: use the block's time",
	"time.After":             "a wall clock: use the block's time",
	"time.AfterFunc":         "a wall clock: use the block's time",
	"time.Tick":              "a wall clock: use the block's time",
	"time.NewTicker":         "a wall clock: use the block's time",
	"time.NewTimer":          "a wall clock: use the block's time",
	"time.Sleep":             "a wall clock: use the block's time",
	"maps.Keys":              "the order of a map: sort, for example with slices.Sorted",
	"maps.Values":            "the order of a map: sort, for example with slices.Sorted",
	"maps.All":               "the order of a map: sort the keys",
	"runtime.NumCPU":         "a property of the machine",
	"runtime.GOOS":           "a property of the machine",
	"os.Getenv":              "a property of the machine",
	"reflect.Value.MapRange": "the order of a map: sort the keys",
}

// listed is what `go list -json` tells of a package.
type listed struct {
	ImportPath string
	Dir        string
	GoFiles    []string
	Export     string
	DepOnly    bool
	Error      *struct{ Err string }
}

// Check reads the packages that match patterns below dir with the given build tags and
// returns what it found, ordered by file and line. Generated protobuf code and packages
// named simulation or client, which are no part of the state machine, are left out, and
// tests are not read.
func Check(dir, tags string, patterns ...string) ([]Finding, error) {
	packages, err := list(dir, tags, patterns)
	if err != nil {
		return nil, err
	}
	exports := make(map[string]string, len(packages))
	for _, p := range packages {
		exports[p.ImportPath] = p.Export
	}
	fset := token.NewFileSet()
	imports := importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) {
		if exports[path] == "" {
			return nil, fmt.Errorf("package %s: go list gave no export data", path)
		}
		return os.Open(exports[path])
	})
	var findings []Finding
	for _, p := range packages {
		if p.DepOnly || exempt(p.ImportPath) {
			continue
		}
		found, err := checkPackage(fset, imports, p)
		if err != nil {
			return nil, err
		}
		findings = append(findings, found...)
	}
	for i := range findings {
		if relative, err := filepath.Rel(dir, findings[i].File); err == nil {
			findings[i].File = relative
		}
	}
	slices.SortFunc(findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.What, b.What))
	})
	return slices.Compact(findings), nil
}

func exempt(path string) bool {
	for _, part := range strings.Split(path, "/") {
		if part == "simulation" || part == "client" {
			return true
		}
	}
	return false
}

func list(dir, tags string, patterns []string) ([]listed, error) {
	args := append([]string{"list", "-e", "-mod=readonly", "-tags", tags, "-export", "-deps", "-json=ImportPath,Dir,GoFiles,Export,DepOnly,Error"}, patterns...)
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, stderr.String())
	}
	var packages []listed
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return packages, nil
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		if p.Error != nil && !p.DepOnly {
			return nil, fmt.Errorf("package %s: %s", p.ImportPath, p.Error.Err)
		}
		packages = append(packages, p)
	}
}

func checkPackage(fset *token.FileSet, imports types.Importer, p listed) ([]Finding, error) {
	var files []*ast.File
	for _, name := range p.GoFiles {
		file, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	info := &types.Info{
		Types: make(map[ast.Expr]types.TypeAndValue),
		Uses:  make(map[*ast.Ident]types.Object),
	}
	config := types.Config{Importer: imports}
	if _, err := config.Check(p.ImportPath, fset, files, info); err != nil {
		return nil, fmt.Errorf("package %s: %w", p.ImportPath, err)
	}
	var findings []Finding
	for _, file := range files {
		if ast.IsGenerated(file) {
			continue
		}
		v := visitor{fset: fset, info: info, allowed: allowedLines(fset, file)}
		ast.Inspect(file, v.visit)
		findings = append(findings, v.findings...)
	}
	return findings, nil
}
