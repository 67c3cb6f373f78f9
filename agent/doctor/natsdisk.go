package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// maxAnswer is the longest answer that is read, in bytes.
const maxAnswer = 1 << 20

// monitor asks the server's monitoring address about its disk.
func (n NATS) monitor(ctx context.Context, l *list) {
	if n.Monitor == "" {
		l.skip("sync", "name the monitoring address with --nats-monitor, or see that a single server has sync_interval: always", "clients are not told whether the server syncs each write")
		return
	}
	var found struct {
		Config struct {
			MaxStore     uint64        `json:"max_storage"`
			SyncAlways   bool          `json:"sync_always"`
			SyncInterval time.Duration `json:"sync_interval"`
		} `json:"config"`
		Storage uint64          `json:"storage"`
		Cluster json.RawMessage `json:"meta_cluster"`
	}
	if err := getJSON(ctx, strings.TrimSuffix(n.Monitor, "/")+"/jsz", &found); err != nil {
		l.warn("sync", "correct --nats-monitor, or run this where it can be reached", "the monitoring address gives no answer: %s", reason(err))
		return
	}
	switch {
	case found.Config.SyncAlways:
		l.ok("sync", "each write is on the disk before it is confirmed")
	case len(found.Cluster) > 0:
		l.ok("sync", "writes reach the disk within %s; in a cluster the other servers have them", found.Config.SyncInterval)
	default:
		l.fail("sync", "set sync_interval: always in the server's jetstream block", "a single server confirms writes up to %s before they are on the disk: a power cut loses messages", found.Config.SyncInterval)
	}
	if found.Config.MaxStore > 0 {
		usage(l, "disk of NATS", found.Storage, found.Config.MaxStore)
	}
}

func getJSON(ctx context.Context, address string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return errors.New("it is no address: write it as http://host:8222")
	}
	resp, err := (&http.Client{Timeout: reachLimit}).Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("it answers %s", resp.Status)
	}
	return json.NewDecoder(io.LimitReader(resp.Body, maxAnswer)).Decode(into)
}

// encryption looks for the keys that encrypted streams have beside their
// files. No client is told of it.
func (n NATS) encryption(l *list) {
	const do = "set cipher and key in the server's jetstream block, as docker-compose.yml does; what was written before stays in clear"
	if n.Store == "" {
		l.skip("encryption of files", "on the server's host name its store_dir with --nats-store; else see that cipher and key are set in its jetstream block", "clients are not told of it")
		return
	}
	sealed, clear := 0, 0
	err := filepath.WalkDir(n.Store, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || entry.Name() != "meta.inf" || filepath.Base(filepath.Dir(filepath.Dir(path))) != "streams" {
			return err
		}
		if _, err := os.Stat(filepath.Join(filepath.Dir(path), "meta.key")); err == nil {
			sealed++
		} else {
			clear++
		}
		return nil
	})
	switch {
	case err != nil:
		l.skip("encryption of files", "run this as a user that may read the folder", "--nats-store cannot be read")
	case clear > 0:
		l.fail("encryption of files", do, "%d of %d streams are in clear on the disk", clear, clear+sealed)
	case sealed > 0:
		l.ok("encryption of files", "all %d streams are encrypted on the disk", sealed)
	default:
		l.skip("encryption of files", "name the server's store_dir with --nats-store", "there are no streams in that folder")
	}
}
