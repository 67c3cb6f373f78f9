package settings

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"recado/agent"
	"recado/agent/clinic"
	"recado/agent/paging/ladder"
)

// hook is an address with a token that must appear in no problem.
const hook = "https://hooks.example/services/geheim"

func getenv(name string) string {
	return map[string]string{"RECADO_HOOK": hook, "BAD_HOOK": "geheim", "PLAIN_HOOK": "http://hooks.example/geheim"}[name]
}

func problems(t *testing.T, content string) []Problem {
	t.Helper()
	_, err := Parse("paging.yaml", []byte(content), getenv)
	if err == nil {
		return nil
	}
	var all *ProblemsError
	if !errors.As(err, &all) {
		t.Fatalf("%T: %v", err, err)
	}
	if strings.Contains(err.Error(), "geheim") {
		t.Fatalf("the problems hold a token: %v", err)
	}
	return all.Problems
}

func TestTheSampleIsFineAndSaysWhatItSays(t *testing.T) {
	plan, err := Parse("sample.yaml", Sample(), getenv)
	if err != nil {
		t.Fatal(err)
	}
	desk := ladder.Contact{Via: ladder.Email, To: "desk@clinic.example", Language: "es"}
	email := func(to string) ladder.Contact { return ladder.Contact{Via: ladder.Email, To: to, Language: "en"} }
	want := ladder.Plan{"sunrise-family": {
		Steps: []ladder.Step{
			{Name: "front desk", To: []ladder.Contact{desk}, Priorities: []agent.Priority{"emergency", "urgent", "routine"}},
			{Name: "on call", To: []ladder.Contact{
				email("oncall@clinic.example"), {Via: ladder.Webhook, To: "https://pager.clinic.example/recado", Language: "en"},
			}, After: 3 * time.Minute, Priorities: []agent.Priority{"emergency", "urgent"}},
			{Name: "medical director", To: []ladder.Contact{email("director@clinic.example")}, After: 8 * time.Minute, Priorities: []agent.Priority{"emergency"}},
		},
		Repeat: 10 * time.Minute, Quiet: &clinic.Interval{Open: 20 * 60, Close: 7 * 60},
		Owner:  []ladder.Contact{email("privacy@clinic.example")},
		Digest: ladder.Digest{To: []ladder.Contact{desk}, At: ladder.Opening},
	}}
	if !reflect.DeepEqual(plan, want) {
		t.Errorf("got  %+v\nwant %+v", plan, want)
	}
	loose := strings.ReplaceAll(string(Sample()), "          # - webhook", "          - webhook")
	loose = strings.ReplaceAll(loose, "          #   private", "            private")
	loose = strings.ReplaceAll(loose, "RECADO_HOOK_ON_CALL", "RECADO_HOOK")
	if plan, err = Parse("sample.yaml", []byte(loose), getenv); err != nil || len(plan["sunrise-family"].Steps[1].To) != 4 {
		t.Errorf("what the sample shows in comments: %v, %+v", err, plan)
	}
}

const fine = `clinics:
  - clinic: sunrise
    steps:
      - to:
          - email: desk@clinic.example
`

func TestEveryMistakeIsToldWithItsLine(t *testing.T) {
	if got := problems(t, fine); got != nil {
		t.Fatalf("the start of the test is refused: %v", got)
	}
	second := func(s string) string {
		return fine + "      - {to: [{email: b@clinic.example}], " + s + "}\n"
	}
	contact := func(s string) string { return strings.Replace(fine, "email: desk@clinic.example", s, 1) }
	for name, c := range map[string]struct {
		content, field, want string
		line                 int
	}{
		"nothing":                   {"", "", "no fields", 0},
		"comments alone":            {"# later\n", "", "no fields", 0},
		"no YAML":                   {fine + "   x: [\n", "", "YAML", 6},
		"two documents":             {fine + "---\n" + fine, "", "one YAML document", 0},
		"no clinics":                {"clinics: []\n", "clinics", "after a dash", 1},
		"an unknown section":        {fine + "smtp:\n  host: x\n", "smtp", "known are clinics", 6},
		"a secret":                  {fine + "smtp_password: geheim\n", "smtp_password", "never stand in this file", 6},
		"no id":                     {strings.Replace(fine, "clinic: sunrise", "repeat: 5m", 1), "clinics[0].clinic", "missing", 2},
		"an id that is none":        {strings.Replace(fine, "sunrise", "Sun Rise", 1), "clinics[0].clinic", "id of a clinic's profile", 2},
		"an id twice":               {fine + strings.TrimPrefix(fine, "clinics:\n"), "clinics[1].clinic", "above", 6},
		"no steps":                  {"clinics:\n  - clinic: sunrise\n", "clinics[0].steps", "missing", 2},
		"an unknown field":          {fine + "    retries: 3\n", "clinics[0].retries", "known are clinic, digest", 6},
		"a field twice":             {fine + "    repeat: 5m\n    repeat: 6m\n", "clinics[0].repeat", "", 7},
		"an empty field":            {fine + "    repeat:\n", "clinics[0].repeat", "empty", 6},
		"a repeat without unit":     {fine + "    repeat: 5\n", "clinics[0].repeat", "5m", 6},
		"a hasty repeat":            {fine + "    repeat: 5s\n", "clinics[0].repeat", "from 1m0s", 6},
		"a step at the same time":   {second("after: 0s"), "clinics[0].steps[1].after", "30s or more after", 6},
		"a step without its time":   {fine + "      - to: [{email: b@clinic.example}]\n", "clinics[0].steps[1].after", "30s or more after", 6},
		"a step too far":            {second("after: 48h"), "clinics[0].steps[1].after", "to 24h", 6},
		"a negative time":           {strings.Replace(fine, "- to:", "- after: -1m\n        to:", 1), "clinics[0].steps[0].after", "from 0s", 4},
		"a step for nobody":         {fine + "      - {after: 5m}\n", "clinics[0].steps[1].to", "missing", 6},
		"a step with an empty list": {fine + "      - {after: 5m, to: []}\n", "clinics[0].steps[1].to", "must list contacts", 6},
		"a priority":                {second("after: 5m, priorities: [high]"), "clinics[0].steps[1].priorities[0]", "emergency, urgent", 6},
		"a priority twice":          {second("after: 5m, priorities: [urgent, urgent]"), "clinics[0].steps[1].priorities[1]", "twice", 6},
		"no priority":               {second("after: 5m, priorities: []"), "clinics[0].steps[1].priorities", "must list", 6},
		"one priority loose":        {second("after: 5m, priorities: urgent"), "clinics[0].steps[1].priorities", "must list", 6},
		"a contact of no kind":      {contact("phone: 5550142"), "clinics[0].steps[0].to[0].phone", "known are email", 5},
		"a contact of two kinds":    {contact("email: a@b.example\n            webhook: https://hooks.example/x"), "clinics[0].steps[0].to[0]", "one of email, webhook", 5},
		"a contact without address": {contact("language: es"), "clinics[0].steps[0].to[0]", "one of email, webhook", 5},
		"a contact twice":           {fine + "          - email: desk@clinic.example\n", "clinics[0].steps[0].to[1]", "above", 6},
		"an address with a name":    {contact("email: Desk <desk@clinic.example>"), "clinics[0].steps[0].to[0].email", "without a name", 5},
		"an address without a host": {contact("email: desk"), "clinics[0].steps[0].to[0].email", "no e-mail address", 5},
		"an address with more":      {contact(`email: "a@b.example\r\nBcc: x@y.example"`), "clinics[0].steps[0].to[0].email", "", 5},
		"an address of two":         {contact(`email: "a@b.example, c@d.example"`), "clinics[0].steps[0].to[0].email", "no e-mail address", 5},
		"a language":                {contact("email: a@b.example\n            language: fr"), "clinics[0].steps[0].to[0].language", "en or es", 6},
		"a webhook without https":   {contact("webhook: http://hooks.example/geheim"), "clinics[0].steps[0].to[0].webhook", "private: yes", 5},
		"a webhook with a user":     {contact("webhook: https://u:geheim@hooks.example/"), "clinics[0].steps[0].to[0].webhook", "signed", 5},
		"a webhook that is none":    {contact("webhook: hooks.example/geheim"), "clinics[0].steps[0].to[0].webhook", "https://host/path", 5},
		"a webhook with a fragment": {contact("webhook: https://hooks.example/#geheim"), "clinics[0].steps[0].to[0].webhook", "after #", 5},
		"an address as a variable":  {contact("webhook_env: " + hook), "clinics[0].steps[0].to[0].webhook_env", "in capitals", 5},
		"a variable not set":        {contact("webhook_env: NOT_THERE"), "clinics[0].steps[0].to[0].webhook_env", "NOT_THERE is not set", 5},
		"a variable that is none":   {contact("webhook_env: BAD_HOOK"), "clinics[0].steps[0].to[0].webhook", "https://host/path", 5},
		"a variable without https":  {contact("webhook_env: PLAIN_HOOK"), "clinics[0].steps[0].to[0].webhook", "not encrypted", 5},
		"a token for a field":       {contact("webhook: https://hooks.example/x\n            token: geheim"), "clinics[0].steps[0].to[0].token", "webhook_env", 6},
		"private in words":          {contact("webhook: https://hooks.example/x\n            private: maybe"), "clinics[0].steps[0].to[0].private", "yes or no", 6},
		"quiet hours in words":      {fine + "    quiet_hours: at night\n", "clinics[0].quiet_hours", "9pm-7am", 6},
		"quiet hours half":          {fine + "    quiet_hours: 9pm-25:00\n", "clinics[0].quiet_hours", "no time", 6},
		"quiet hours of no length":  {fine + "    quiet_hours: 9pm-21:00\n", "clinics[0].quiet_hours", "same time", 6},
		"a digest for nobody":       {fine + "    digest: {at: opening}\n", "clinics[0].digest.to", "missing", 6},
		"a digest at some time":     {fine + "    digest: {at: early, to: [{email: a@b.example}]}\n", "clinics[0].digest.at", "opening, or a time", 6},
		"an owner loose":            {fine + "    owner: a@b.example\n", "clinics[0].owner", "must list contacts", 6},
	} {
		got := problems(t, c.content)
		if len(got) == 0 {
			t.Errorf("%s: no problem", name)
			continue
		}
		if p := got[0]; p.File != "paging.yaml" || p.Line != c.line || c.field != p.Field || !strings.Contains(p.Message, c.want) {
			t.Errorf("%s: %v, want line %d, %s: %s", name, p, c.line, c.field, c.want)
		}
		if len(got) > 1 && c.want != "" {
			t.Errorf("%s: %d problems: %v", name, len(got), got)
		}
	}
}

func TestAllMistakesAreToldTogetherInOrder(t *testing.T) {
	got := problems(t, `clinics:
  - clinic: Sunrise!
    repeat: 1s
    steps:
      - after: soon
        to:
          - email: nobody
`)
	var lines []int
	for _, p := range got {
		lines = append(lines, p.Line)
	}
	if !reflect.DeepEqual(lines, []int{2, 3, 5, 7}) {
		t.Errorf("problems at lines %v: %v", lines, got)
	}
	if s := got[0].String(); !strings.HasPrefix(s, "paging.yaml:2: clinics[0].clinic: ") {
		t.Errorf("a problem reads %q", s)
	}
}

func TestAFileIsReadAndAMissingOneNamed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "paging.yaml")
	if err := os.WriteFile(path, []byte(strings.Replace(fine, "sunrise", `"*"`, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if plan, err := Load(path, getenv); err != nil || len(plan[ladder.Others].Steps) != 1 {
		t.Errorf("%+v, %v", plan, err)
	}
	if _, err := Load(path+".none", getenv); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}
