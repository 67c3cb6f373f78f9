package run

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"

	"recado/agent"
)

// hashes names what the local model was trained from, and the rules, texts
// and thresholds that decide beside it.
func hashes(a *agent.Agent) (model, rules string, err error) {
	h := sha256.New()
	s := a.Sources()
	for _, dir := range []fs.FS{s.Rules, s.Texts} {
		err := fs.WalkDir(dir, ".", func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			raw, err := fs.ReadFile(dir, path)
			fmt.Fprintf(h, "%s %d\n", path, len(raw))
			h.Write(raw)
			return err
		})
		if err != nil {
			return "", "", fmt.Errorf("hash rules and texts: %w", err)
		}
	}
	t, err := json.Marshal(a.Thresholds())
	if err != nil {
		return "", "", fmt.Errorf("hash thresholds: %w", err)
	}
	h.Write(t)
	return a.TrainedOn(), hex.EncodeToString(h.Sum(nil)), nil
}
