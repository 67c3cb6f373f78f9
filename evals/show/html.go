package show

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
)

//go:embed page
var files embed.FS

// HTML writes one page that needs nothing beside it: no request leaves it, its
// content security policy allows only its own style and script, and it reads
// and prints without the script.
func HTML(w io.Writer, r Report, o Options) error {
	p, err := pageOf(r, o.filled())
	if err != nil {
		return fmt.Errorf("write the HTML report: %w", err)
	}
	style, err := files.ReadFile("page/style.css")
	if err != nil {
		return fmt.Errorf("read the page's style: %w", err)
	}
	script, err := files.ReadFile("page/app.js")
	if err != nil {
		return fmt.Errorf("read the page's script: %w", err)
	}
	t, err := template.New("page").Funcs(template.FuncMap{"count": count[int]}).ParseFS(files, "page/*.html")
	if err != nil {
		return fmt.Errorf("read the page: %w", err)
	}
	p.Style, p.Script = template.CSS(style), template.JS(script)
	p.CSP = "default-src 'none'; script-src " + hashOf(script) + "; style-src " + hashOf(style) + "; img-src data:; base-uri 'none'; form-action 'none'"
	if err := t.ExecuteTemplate(w, "page.html", p); err != nil {
		return fmt.Errorf("write the HTML report: %w", err)
	}
	return nil
}

// hashOf is the source expression of a content security policy that allows
// exactly these bytes.
func hashOf(b []byte) string {
	sum := sha256.Sum256(b)
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
