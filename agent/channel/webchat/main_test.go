package webchat

import (
	"os"
	"testing"

	"recado/agent/channel/channeltest"
)

func TestMain(m *testing.M) { os.Exit(channeltest.Main(m)) }
