package redistest_test

import (
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"recado/agent/session/redistest"
)

func TestContentsShowsWhatIsDeepInAValue(t *testing.T) {
	server := miniredis.RunT(t)
	client := redis.NewClient(&redis.Options{Addr: server.Addr()})
	t.Cleanup(func() { client.Close() })
	deep := strings.Repeat("x", 1000)
	must(t, server.Set("string", deep+"planted-1"))
	server.HSet("hash", "field", deep+"planted-2")
	server.HSet("hash", deep+"planted-3", "")
	must(t, server.Set(deep+"planted-4", ""))
	got := redistest.Contents(t, client)
	for _, leak := range []string{"planted-1", "planted-2", "planted-3", "planted-4"} {
		if !strings.Contains(got, leak) {
			t.Errorf("%s is not shown", leak)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
