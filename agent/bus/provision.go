package bus

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Change tells what Provision did to one stream, bucket or consumer.
type Change struct {
	Name   string   // e.g. "RECADO_IN"
	Kind   string   // "stream", "bucket" or "consumer"
	Action string   // "created", "updated" or "unchanged"
	Fields []string // the settings that were updated
}

// String is the change as one line for a terminal.
func (c Change) String() string {
	line := c.Action + " " + c.Kind + " " + c.Name
	if len(c.Fields) > 0 {
		line += " (" + strings.Join(c.Fields, ", ") + ")"
	}
	return line
}

// Provision creates what is missing and brings what is there to layout. It
// is a command of its own: workers never change streams. Settings that
// Recado does not care about, such as placement or MaxBytes, stay as an
// operator left them. What the server refuses to change is an error, and the
// report holds what was done before it.
func Provision(ctx context.Context, js jetstream.JetStream, layout Layout) ([]Change, error) {
	layout = layout.withDefaults()
	var report []Change
	for _, want := range layout.streams() {
		change, err := provisionStream(ctx, js, want)
		if err != nil {
			return report, fmt.Errorf("provision stream %s: %w", want.Name, err)
		}
		report = append(report, change)
	}
	for _, want := range layout.buckets() {
		change, err := provisionBucket(ctx, js, want)
		if err != nil {
			return report, fmt.Errorf("provision bucket %s: %w", want.Bucket, err)
		}
		if slices.Contains(byLeader, want.Bucket) {
			if err := askLeader(ctx, js, want.Bucket, &change); err != nil {
				return report, fmt.Errorf("provision bucket %s: %w", want.Bucket, err)
			}
		}
		report = append(report, change)
	}
	for _, want := range layout.consumers() {
		change, err := provisionConsumer(ctx, js, want)
		if err != nil {
			return report, fmt.Errorf("provision consumer %s of %s: %w", want.config.Durable, want.stream, err)
		}
		report = append(report, change)
	}
	return report, nil
}

func provisionStream(ctx context.Context, js jetstream.JetStream, want jetstream.StreamConfig) (Change, error) {
	change := Change{Name: want.Name, Kind: "stream", Action: "unchanged"}
	stream, err := js.Stream(ctx, want.Name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		// A stream that is deleted and made again must not hand out sequences
		// that were used before: workers would take new events for answered
		// ones. The clock in milliseconds outruns any real rate of messages.
		want.FirstSeq = uint64(time.Now().UnixMilli())
		change.Action = "created"
		_, err = js.CreateStream(ctx, want)
		return change, err
	}
	if err != nil {
		return change, err
	}
	merged := stream.CachedInfo().Config
	change.Fields = overlay(&merged, want)
	if len(change.Fields) == 0 {
		return change, nil
	}
	change.Action = "updated"
	_, err = js.UpdateStream(ctx, merged)
	return change, err
}

func provisionBucket(ctx context.Context, js jetstream.JetStream, want jetstream.KeyValueConfig) (Change, error) {
	change := Change{Name: want.Bucket, Kind: "bucket", Action: "unchanged"}
	bucket, err := js.KeyValue(ctx, want.Bucket)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		change.Action = "created"
		_, err = js.CreateKeyValue(ctx, want)
		return change, err
	}
	if err != nil {
		return change, err
	}
	status, err := bucket.Status(ctx)
	if err != nil {
		return change, err
	}
	merged := status.Config()
	change.Fields = overlay(&merged, want)
	if len(change.Fields) == 0 {
		return change, nil
	}
	change.Action = "updated"
	_, err = js.UpdateKeyValue(ctx, merged)
	return change, err
}

// askLeader takes the right to answer for a bucket from its replicas. Bucket
// settings have no field for it; their streams do.
func askLeader(ctx context.Context, js jetstream.JetStream, bucket string, change *Change) error {
	stream, err := js.Stream(ctx, "KV_"+bucket)
	if err != nil {
		return err
	}
	config := stream.CachedInfo().Config
	if !config.AllowDirect {
		return nil
	}
	config.AllowDirect, config.MirrorDirect = false, false
	if _, err := js.UpdateStream(ctx, config); err != nil {
		return err
	}
	if change.Action == "unchanged" {
		change.Action = "updated"
	}
	if change.Action == "updated" {
		change.Fields = append(change.Fields, "AllowDirect")
	}
	return nil
}

func provisionConsumer(ctx context.Context, js jetstream.JetStream, want consumer) (Change, error) {
	change := Change{Name: want.config.Durable, Kind: "consumer", Action: "unchanged"}
	have, err := js.Consumer(ctx, want.stream, want.config.Durable)
	if errors.Is(err, jetstream.ErrConsumerNotFound) {
		change.Action = "created"
		_, err = js.CreateConsumer(ctx, want.stream, want.config)
		return change, err
	}
	if err != nil {
		return change, err
	}
	merged := have.CachedInfo().Config
	change.Fields = overlay(&merged, want.config)
	if len(change.Fields) == 0 {
		return change, nil
	}
	change.Action = "updated"
	_, err = js.UpdateConsumer(ctx, want.stream, merged)
	return change, err
}

// overlay sets in have every field that want sets, and returns the names of
// those that differed.
func overlay[T any](have *T, want T) []string {
	var changed []string
	h, w := reflect.ValueOf(have).Elem(), reflect.ValueOf(want)
	for i := range w.NumField() {
		if w.Field(i).IsZero() || reflect.DeepEqual(h.Field(i).Interface(), w.Field(i).Interface()) {
			continue
		}
		h.Field(i).Set(w.Field(i))
		changed = append(changed, w.Type().Field(i).Name)
	}
	return changed
}
