package console

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
)

//go:embed assets
var assetFiles embed.FS

// asset is a file that pages load.
type asset struct {
	kind string
	tag  string
	data []byte
}

var assetKinds = map[string]string{
	".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml",
	".png": "image/png", ".webmanifest": "application/manifest+json",
}

func loadAssets(fsys fs.FS) (map[string]asset, error) {
	names, err := fs.Glob(fsys, "assets/*")
	if err != nil {
		return nil, fmt.Errorf("list assets: %w", err)
	}
	all := map[string]asset{}
	for _, name := range names {
		kind, ok := assetKinds[path.Ext(name)]
		if !ok {
			return nil, fmt.Errorf("asset %s has a kind that is not known: add it to assetKinds", name)
		}
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("read asset: %w", err)
		}
		sum := sha256.Sum256(data)
		all[path.Base(name)] = asset{kind: kind, tag: `"` + hex.EncodeToString(sum[:8]) + `"`, data: data}
	}
	return all, nil
}

// assetRoutes are one route a file, so that they are nobody's clinic.
func (s *Server) assetRoutes() []Route {
	var routes []Route
	for name, a := range s.assets {
		routes = append(routes, Route{
			Method: http.MethodGet, Pattern: "/staff/assets/" + name, Needs: Anyone, Quiet: true,
			Handle: func(r *Request) error {
				r.W.Header().Set("ETag", a.tag)
				r.W.Header().Set("Cache-Control", "no-cache") // asked again each time, sent again only if changed
				if r.Header.Get("If-None-Match") == a.tag {
					r.W.WriteHeader(http.StatusNotModified)
					return nil
				}
				r.W.Header().Set("Content-Type", a.kind)
				_, _ = r.W.Write(a.data)
				return nil
			},
		})
	}
	return routes
}
