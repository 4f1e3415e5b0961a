package determinism

import (
	"go/ast"
	"go/token"
	"go/types"
	"strconv"
	"strings"
)

// visitor walks one file.
type visitor struct {
	fset     *token.FileSet
	info     *types.Info
	allowed  map[int]bool // lines that a directive excuses
	findings []Finding
}

// allowedLines returns the lines on which a directive with a reason stands, and those
// that follow them. A directive without a reason excuses nothing.
func allowedLines(fset *token.FileSet, file *ast.File) map[int]bool {
	lines := make(map[int]bool)
	for _, group := range file.Comments {
		for _, comment := range group.List {
			reason, ok := strings.CutPrefix(comment.Text, directive)
			if !ok || strings.TrimSpace(reason) == "" {
				continue
			}
			line := fset.Position(comment.Pos()).Line
			lines[line], lines[line+1] = true, true
		}
	}
	return lines
}

func (v *visitor) report(node ast.Node, what string) {
	position := v.fset.Position(node.Pos())
	if v.allowed[position.Line] {
		return
	}
	v.findings = append(v.findings, Finding{File: position.Filename, Line: position.Line, What: what})
}

func (v *visitor) visit(node ast.Node) bool {
	switch n := node.(type) {
	case *ast.ImportSpec:
		path, err := strconv.Unquote(n.Path.Value)
		if why := forbiddenPackages[path]; err == nil && why != "" {
			v.report(n, "imports "+path+", "+why)
		}
	case *ast.GoStmt:
		v.report(n, "starts a goroutine: the order in which it runs is not the same everywhere")
	case *ast.SelectStmt:
		v.report(n, "select: which case is ready first is not the same everywhere")
	case *ast.RangeStmt:
		if _, isMap := under(v.info.Types[n.X].Type).(*types.Map); isMap {
			v.report(n, "ranges over a map: the order differs from run to run; sort the keys")
		}
	case *ast.Ident:
		v.use(n)
	case ast.Expr:
		// Constants are exact at compile time; what is computed is not.
		if t := v.info.Types[n]; t.Value == nil && t.IsValue() && isFloat(t.Type) {
			v.report(n, "computes with floating point: rounding may differ from machine to machine; use math.Int or math.LegacyDec")
		}
	}
	return true
}

// use checks an identifier that names a function or a type.
func (v *visitor) use(id *ast.Ident) {
	switch object := v.info.Uses[id].(type) {
	case nil:
	case *types.TypeName:
		if isFloat(object.Type()) {
			v.report(id, "uses "+object.Name()+": rounding may differ from machine to machine; use math.Int or math.LegacyDec")
		}
	case *types.Func, *types.Const:
		if object.Pkg() == nil {
			return
		}
		name := object.Pkg().Path() + "." + object.Name()
		if f, ok := object.(*types.Func); ok {
			name = f.FullName()
			name = strings.NewReplacer("(", "", ")", "", "*", "").Replace(name)
		}
		if why := forbiddenFunctions[name]; why != "" {
			v.report(id, "uses "+name+", "+why)
		}
	}
}

func under(t types.Type) types.Type {
	if t == nil {
		return nil
	}
	return t.Underlying()
}

func isFloat(t types.Type) bool {
	basic, ok := under(t).(*types.Basic)
	return ok && basic.Info()&(types.IsFloat|types.IsComplex) != 0 && basic.Kind() != types.UntypedFloat
}
