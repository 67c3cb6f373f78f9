package bus

import (
	"context"
	"errors"
	"slices"

	"github.com/nats-io/nats.go/jetstream"
)

// Actions of Change that Inspect tells: nothing is done.
const (
	ActionMissing   = "missing"
	ActionDiffers   = "differs"
	ActionUnchanged = "unchanged"
	ActionUnseen    = "unseen" // the connection's user may not look at it
)

// Inspect tells what Provision would do, and changes nothing. Zero fields of
// layout are not compared. may reports whether the connection's user may
// publish on a subject of the API; what it may not look at is unseen.
func Inspect(ctx context.Context, js jetstream.JetStream, layout Layout, may func(subject string) bool) ([]Change, error) {
	var report []Change
	add := func(kind, name, subject string, look func() ([]string, error)) error {
		change := Change{Name: name, Kind: kind, Action: ActionUnseen}
		if may(subject) {
			fields, err := look()
			switch {
			case errors.Is(err, jetstream.ErrStreamNotFound), errors.Is(err, jetstream.ErrBucketNotFound), errors.Is(err, jetstream.ErrConsumerNotFound):
				change.Action = ActionMissing
			case err != nil:
				return err
			case len(fields) > 0:
				change.Action, change.Fields = ActionDiffers, fields
			default:
				change.Action = ActionUnchanged
			}
		}
		report = append(report, change)
		return nil
	}
	for _, want := range layout.streams() {
		if err := add("stream", want.Name, "$JS.API.STREAM.INFO."+want.Name, func() ([]string, error) {
			stream, err := js.Stream(ctx, want.Name)
			if err != nil {
				return nil, err
			}
			have := stream.CachedInfo().Config
			return overlay(&have, want), nil
		}); err != nil {
			return report, err
		}
	}
	for _, want := range layout.buckets() {
		if err := add("bucket", want.Bucket, "$JS.API.STREAM.INFO.KV_"+want.Bucket, func() ([]string, error) {
			return inspectBucket(ctx, js, want)
		}); err != nil {
			return report, err
		}
	}
	for _, want := range layout.consumers() {
		if err := add("consumer", want.config.Durable, "$JS.API.CONSUMER.INFO."+want.stream+"."+want.config.Durable, func() ([]string, error) {
			consumer, err := js.Consumer(ctx, want.stream, want.config.Durable)
			if err != nil {
				return nil, err
			}
			have := consumer.CachedInfo().Config
			return overlay(&have, want.config), nil
		}); err != nil {
			return report, err
		}
	}
	return report, nil
}

func inspectBucket(ctx context.Context, js jetstream.JetStream, want jetstream.KeyValueConfig) ([]string, error) {
	bucket, err := js.KeyValue(ctx, want.Bucket)
	if err != nil {
		return nil, err
	}
	status, err := bucket.Status(ctx)
	if err != nil {
		return nil, err
	}
	have := status.Config()
	fields := overlay(&have, want)
	if slices.Contains(byLeader, want.Bucket) {
		stream, err := js.Stream(ctx, "KV_"+want.Bucket)
		if err != nil {
			return nil, err
		}
		if stream.CachedInfo().Config.AllowDirect {
			fields = append(fields, "AllowDirect")
		}
	}
	return fields, nil
}

// Names are the streams that Provision makes, those of buckets included.
func Names() []string {
	var all []string
	for _, s := range (Layout{}).streams() {
		all = append(all, s.Name)
	}
	for _, b := range (Layout{}).buckets() {
		all = append(all, "KV_"+b.Bucket)
	}
	return all
}
