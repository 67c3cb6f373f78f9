package redistest

import (
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
)

// Contents returns every key and every whole value of a Redis, one a line. It
// fails the test at a type that it does not know, so that nothing is passed
// over. miniredis's Dump is no way to search: it cuts values short.
func Contents(t testing.TB, client redis.Cmdable) string {
	t.Helper()
	keys, err := client.Keys(t.Context(), "*").Result()
	if err != nil {
		t.Fatalf("list the keys in Redis: %v", err)
	}
	var all strings.Builder
	for _, key := range keys {
		lines := []string{key}
		kind, err := client.Type(t.Context(), key).Result()
		if err != nil {
			t.Fatalf("read a type in Redis: %v", err)
		}
		switch kind {
		case "none": // expired meanwhile
		case "string":
			value, err := client.Get(t.Context(), key).Result()
			if err != nil && err != redis.Nil {
				t.Fatalf("read a string in Redis: %v", err)
			}
			lines = append(lines, value)
		case "hash":
			fields, err := client.HGetAll(t.Context(), key).Result()
			if err != nil {
				t.Fatalf("read a hash in Redis: %v", err)
			}
			for field, value := range fields {
				lines = append(lines, field, value)
			}
		default:
			t.Fatalf("Redis holds a %s: teach Contents to read it", kind)
		}
		for _, line := range lines {
			all.WriteString(line + "\n")
		}
	}
	return all.String()
}
