package main

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"go.uber.org/zap"
)

func TestReadyTellsWhetherTheProcessIs(t *testing.T) {
	var down atomic.Bool
	address := freeAddress(t)
	server := healthFlag{address}.serve(zap.NewNop(), http.NotFoundHandler(), func(context.Context) error {
		if down.Load() {
			return errors.New("no connection to NATS")
		}
		return nil
	})
	t.Cleanup(func() { server.Close() })
	waitServing(t, "http://"+address+"/livez")
	_, port, _ := strings.Cut(address, ":")
	for _, asked := range []string{address, ":" + port, "0.0.0.0:" + port} {
		if _, errOut, code := runWith(t, "", "ready", "--health", asked); code != 0 {
			t.Errorf("%s: exit code %d: %s", asked, code, errOut)
		}
	}
	down.Store(true)
	if _, errOut, code := runWith(t, "", "ready", "--health", address); code != 1 || !strings.Contains(errOut, "no connection to NATS") {
		t.Errorf("one that is not ready: exit code %d: %s", code, errOut)
	}
	if _, errOut, code := runWith(t, "", "ready", "--health", freeAddress(t)); code != 1 || !strings.Contains(errOut, "--health") {
		t.Errorf("nothing there: exit code %d: %s", code, errOut)
	}
}
