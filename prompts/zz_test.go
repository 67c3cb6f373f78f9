package prompts
import "testing"
func TestZZ(t *testing.T){ p,_:=shippedPrompt(t); t.Log(len(p.System),len(p.Schema)) }
