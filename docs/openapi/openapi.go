// Package openapi serves the description of the node's REST interface: the OpenAPI
// 2.0 document that `make proto` generates, and a page that lists its operations
// and can call them. The page loads nothing from elsewhere, so it works on a node
// without internet.
package openapi

import (
	"embed"
	"net/http"
	"strings"
)

// files is the page, its script and the generated document.
//
//go:embed index.html page.js openapi.json
var files embed.FS

// Document returns the OpenAPI 2.0 document, JSON.
func Document() []byte {
	doc, err := files.ReadFile("openapi.json")
	if err != nil {
		panic(err) // the file is embedded at build time
	}
	return doc
}

//go:embed photon.json
var photon []byte

// Photon returns the OpenAPI 2.0 document of the payment node, JSON.
func Photon() []byte { return photon }

// Handler serves the page and the document below prefix, for example "/swagger/":
// "/swagger/" is the page and "/swagger/openapi.json" the document. It answers GET
// and HEAD and nothing else, and forbids the page to load anything from elsewhere.
func Handler(prefix string) http.Handler {
	prefix = "/" + strings.Trim(prefix, "/") + "/"
	serve := http.StripPrefix(prefix, http.FileServerFS(files))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "method "+r.Method+" is not allowed here: use GET", http.StatusMethodNotAllowed)
			return
		}
		if r.URL.Path+"/" == prefix {
			http.Redirect(w, r, prefix, http.StatusMovedPermanently)
			return
		}
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'self'; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		serve.ServeHTTP(w, r)
	})
}
