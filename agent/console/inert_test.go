package console

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"recado/agent/staff/stafftest"
)

// state is all that NATS and Redis hold, by name: of streams and buckets how
// much was ever written, of Redis every value. seen are the two that tell when
// a session was last used, which is all that a GET may change.
func (s *shell) state(t *testing.T) (kept, seen map[string]string) {
	t.Helper()
	kept, seen = map[string]string{}, map[string]string{}
	names := s.JS.StreamNames(t.Context())
	for name := range names.Name() {
		stream, err := s.JS.Stream(t.Context(), name)
		stafftest.Must(t, err)
		state := stream.CachedInfo().State
		kept["nats "+name] = fmt.Sprintf("last %d, %d messages, %d consumers", state.LastSeq, state.Msgs, state.Consumers)
	}
	stafftest.Must(t, names.Err())
	keys, err := s.Redis.Keys(t.Context(), "*").Result()
	stafftest.Must(t, err)
	for _, key := range keys {
		kind, err := s.Redis.Type(t.Context(), key).Result()
		stafftest.Must(t, err)
		switch kind {
		case "hash":
			values, err := s.Redis.HGetAll(t.Context(), key).Result()
			stafftest.Must(t, err)
			for _, field := range slices.Sorted(maps.Keys(values)) {
				if field == "active" && strings.Contains(key, ":session:") {
					seen[key+" active"] = values[field]
					continue
				}
				kept[key+" "+field] = values[field]
			}
		case "zset":
			values, err := s.Redis.ZRangeWithScores(t.Context(), key, 0, -1).Result()
			stafftest.Must(t, err)
			if strings.HasSuffix(key, ":ends") {
				seen[key] = fmt.Sprint(values)
				continue
			}
			kept[key] = fmt.Sprint(values)
		case "set":
			values, err := s.Redis.SMembers(t.Context(), key).Result()
			stafftest.Must(t, err)
			slices.Sort(values)
			kept[key] = fmt.Sprint(values)
		default:
			value, err := s.Redis.Get(t.Context(), key).Result()
			stafftest.Must(t, err)
			kept[key] = value
		}
	}
	return kept, seen
}

func different(before, after map[string]string) (names []string) {
	for name, value := range before {
		if after[name] != value {
			names = append(names, name)
		}
	}
	for name := range after {
		if _, ok := before[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func TestNoGetChangesAnythingForAnybody(t *testing.T) {
	s := newShell(t).withCase(t)
	people := s.visitors(t)
	person := people[4].hand.ID
	gets := 0
	for _, route := range s.server.table {
		if route.Method != http.MethodGet && route.Method != http.MethodPost {
			t.Errorf("%s: a route has the method %s", route.Pattern, route.Method)
		}
		if route.Method != http.MethodGet || strings.HasPrefix(route.Pattern, "/staff/assets/") {
			continue
		}
		gets++
		path := strings.ReplaceAll(s.path(route.Pattern, deskClinic), "somebody", person)
		query := url.Values{"clinic": {deskClinic}, "token": {"x"}, "code": {"x"}, "state": {"x"}, "next": {"/staff/account"}, "days": {"30"}, "claim": {"1"}, "open": {"1"}}
		s.Clock.Add(time.Second)
		before, seen := s.state(t)
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			for _, v := range people {
				ctx, cancel := context.WithCancel(t.Context())
				if route.Pattern == "/staff/events" {
					ctx, cancel = context.WithTimeout(t.Context(), 50*time.Millisecond)
				}
				r := v.hand.form(path+"?"+query.Encode(), url.Values{}).WithContext(ctx)
				r.Method, r.Body, r.ContentLength = method, http.NoBody, 0
				s.raw(r)
				cancel()
			}
		}
		after, seenAfter := s.state(t)
		if names := different(before, after); len(names) > 0 {
			t.Errorf("GET %s changes %v", route.Pattern, names)
		}
		if route.Quiet && len(different(seen, seenAfter)) > 0 {
			t.Errorf("GET %s is quiet and counts as use", route.Pattern)
		}
	}
	if gets < 15 {
		t.Errorf("only %d routes are GETs", gets)
	}

	// The test sees what it is for: a POST does change something.
	before, _ := s.state(t)
	people[5].hand.post("/staff/"+deskClinic+"/export", url.Values{"days": {"7"}})
	if after, _ := s.state(t); len(different(before, after)) == 0 {
		t.Error("an export leaves no trace that this test would see")
	}
}
