package clinic

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// least is the smallest profile that is right. Its lines are counted by the
// tests below.
const least = `id: sol
name: Sol
zone: America/Chicago
phone: (713) 555-0142
links:
  secure: https://sol.example/private
languages: [en, es]
locations:
  - id: main
    name: Main
    address: 1 Main Street
    hours:
      mon-fri: 8:00-17:00
`

func problems(t *testing.T, text string, options ...Option) []Problem {
	t.Helper()
	_, err := Parse("clinic.yaml", []byte(text), options...)
	var all *ProblemsError
	if err != nil && !errors.As(err, &all) {
		t.Fatalf("%T is no *ProblemsError: %v", err, err)
	}
	if all == nil {
		return nil
	}
	return all.Problems
}

func TestTheLeastProfileIsRight(t *testing.T) {
	if got := problems(t, least); got != nil {
		t.Fatalf("%v", got)
	}
}

func TestEveryMistakeIsToldWithItsLine(t *testing.T) {
	replace := func(old, new string) string {
		if !strings.Contains(least, old) {
			t.Fatalf("the least profile has no %q", old)
		}
		return strings.Replace(least, old, new, 1)
	}
	for name, test := range map[string]struct {
		text    string
		line    int
		field   string
		message string
	}{
		"unknown field":         {replace("phone:", "phnoe:"), 4, "phnoe", "did you mean phone?"},
		"unknown nested field":  {replace("    address:", "    adress:"), 11, "locations[0].adress", "did you mean address?"},
		"missing field":         {replace("name: Sol\n", ""), 1, "name", "missing"},
		"empty field":           {replace("name: Sol", "name:"), 2, "name", "empty"},
		"twice":                 {replace("name: Sol", "name: Sol\nname: Luna"), 3, "name", "twice"},
		"bad id":                {replace("id: sol", "id: El Sol"), 1, "id", "lower-case"},
		"nobody's id":           {replace("id: sol", "id: unknown"), 1, "id", "no clinic"},
		"bad zone":              {replace("America/Chicago", "Texas"), 3, "zone", "America/Chicago"},
		"local zone":            {replace("America/Chicago", "Local"), 3, "zone", "no time zone"},
		"bad phone":             {replace("(713) 555-0142", "555-0142"), 4, "phone", "area code"},
		"missing secure link":   {replace("  secure: https://sol.example/private", "  booking: https://sol.example/book"), 6, "links.secure", "missing"},
		"link without https":    {replace("https://sol", "http://sol"), 6, "links.secure", "https://"},
		"no link":               {replace("https://sol.example/private", "our website"), 6, "links.secure", "no link"},
		"bad language":          {replace("[en, es]", "[en, spanish]"), 7, "languages", "no language code"},
		"no location":           {least[:strings.Index(least, "locations:")] + "locations: []\n", 8, "locations", "empty"},
		"bad time":              {replace("8:00-17:00", "8:00-25:00"), 13, "locations[0].hours.mon-fri", "no time of day"},
		"doubtful time":         {replace("8:00-17:00", "8-5"), 13, "locations[0].hours.mon-fri", "8am, 8pm or 8:00"},
		"closes before opening": {replace("8:00-17:00", "8:00-5:00"), 13, "locations[0].hours.mon-fri", "write the afternoon as"},
		"overlapping shifts":    {replace("8:00-17:00", "8:00-13:00, 12:00-17:00"), 13, "locations[0].hours.mon-fri", "overlaps"},
		"no hours":              {replace("8:00-17:00", "mornings"), 13, "locations[0].hours.mon-fri", "are no hours"},
		"bad day":               {replace("mon-fri", "mon-fry"), 13, "locations[0].hours.mon-fry", "no day of the week"},
		"day twice":             {least + "      wed: closed\n", 14, "locations[0].hours.wed", "Wednesday has hours already"},
		"same location id":      {least + "  - {id: main, name: B, address: 2 B, hours: {mon: closed}}\n", 14, "locations[1].id", "another location's id"},
		"one language":          {least + "payment: {en: Cash}\n", 14, "payment", "no Spanish text; add es"},
		"no language":           {least + "payment: Cash\n", 14, "payment", "{en: ..., es: ...}"},
		"bad truth":             {least + "walk_ins: {accepted: perhaps}\n", 14, "walk_ins.accepted", "true or false"},
		"bad email":             {least + "email: sol at sol\n", 14, "email", "no e-mail address"},
		"bad holiday rule":      {least + "holidays:\n  - name: {en: A, es: B}\n    rule: 4th thorsday of november\n", 16, "holidays[0].rule", "4th thursday of november"},
		"no such date":          {least + "holidays:\n  - name: {en: A, es: B}\n    date: 2026-02-30\n", 16, "holidays[0].date", "2026-02-30"},
		"unknown us holiday":    {least + "holidays:\n  - us: [thanksgivin]\n", 15, "holidays[0].us", "did you mean thanksgiving?"},
		"holiday without date":  {least + "holidays:\n  - name: {en: A, es: B}\n", 15, "holidays[0]", "does not say when"},
		"unknown location":      {least + "holidays:\n  - us: christmas\n    locations: [mian]\n", 16, "holidays[0].locations", "did you mean main?"},
		"season backwards":      {least + "seasons:\n  - name: {en: A, es: B}\n    from: 2026-08-01\n    to: 2026-06-01\n    hours: {mon: 8am-5pm}\n", 15, "seasons[0]", "exchange from and to"},
		"season with one year":  {least + "seasons:\n  - name: {en: A, es: B}\n    from: 2026-08-01\n    to: june 1\n    hours: {mon: 8am-5pm}\n", 15, "seasons[0]", "only one of from and to"},
		"plan alias twice":      {least + "insurance:\n  accepted:\n    - {name: Aetna, aliases: [etna]}\n    - {name: Etna}\n", 17, "insurance.accepted[1]", "points to two plans"},
		"plan alias twice, folded": {least + "services:\n  - {id: a, name: {en: shots, es: vacunas}}\n  - {id: b, name: {en: flu, es: Vacúnas}}\n", 16, "services[1]",
			"points to two services"},
		"everyday alias":      {least + "insurance:\n  accepted:\n    - {name: Aetna, aliases: [insurance]}\n", 16, "insurance.accepted[0]", "fits every plan"},
		"service location":    {least + "services:\n  - {id: a, name: {en: a1, es: b1}, locations: [west]}\n", 15, "services[0].locations", "unknown location id west"},
		"service id twice":    {least + "services:\n  - {id: a, name: {en: a1, es: b1}}\n  - {id: a, name: {en: a2, es: b2}}\n", 16, "services[1].id", "another service's id"},
		"walk-in not offered": {least + "services:\n  - {id: a, name: {en: a1, es: b1}, offered: false, walk_in: true}\n", 15, "services[0].walk_in", "not offered"},
		"bad gender":          {least + "providers:\n  - {name: Dr. A, role: {en: a, es: b}, accepting: true, gender: f}\n", 15, "providers[0].gender", "female or male"},
		"bad price":           {least + "prices:\n  - {id: a, name: {en: a, es: b}, price: about 40}\n", 15, "prices[0].price", "$45"},
		"price backwards":     {least + "prices:\n  - {id: a, name: {en: a, es: b}, price: $90-$45}\n", 15, "prices[0].price", "lower price first"},
		"bad minutes":         {least + "first_visit: {new_patients: true, minutes_early: soon}\n", 14, "first_visit.minutes_early", "number of minutes"},
		"list for one value":  {replace("name: Sol", "name: [Sol]"), 2, "name", "single value"},
		"value for a list":    {least + "services: none\n", 14, "services", "must be a list"},
		"value for fields":    {replace("links:\n  secure: https://sol.example/private", "links: https://sol.example"), 5, "links", "must hold fields"},
		"open bracket":        {"id: sol\nname: [Sol\nzone: x\n", 3, "", "not readable as YAML (did not find expected ',' or ']')"},
		"open quote":          {replace("name: Sol", "name: Sol's: \"one"), 2, "", "not readable as YAML"},
		"indented by a tab":   {replace("    name: Main", "\tname: Main"), 10, "", "found a tab character"},
		"not a profile":       {"- a\n- b\n", 1, "", "must hold fields"},
		"empty file":          {"  \n", 0, "", "empty"},
		"only comments":       {"# nothing\n", 0, "", ""},
	} {
		got := problems(t, test.text)
		found := false
		for _, p := range got {
			found = found || (p.Line == test.line || test.line == 0) && (p.Field == test.field || test.field == "") && strings.Contains(p.Message, test.message)
		}
		if !found {
			t.Errorf("%s: want line %d, %s: ...%s...; got\n%v", name, test.line, test.field, test.message, got)
		}
	}
}

func TestAllProblemsAreToldAtOnceInTheOrderOfTheFile(t *testing.T) {
	text := strings.NewReplacer("id: sol", "id: SOL", "America/Chicago", "Mars", "8:00-17:00", "8-5").Replace(least)
	got := problems(t, text)
	if len(got) != 3 || got[0].Line != 1 || got[1].Line != 3 || got[2].Line != 13 {
		t.Errorf("%v", got)
	}
	_, err := Parse("clinic.yaml", []byte(text))
	if lines := strings.Split(err.Error(), "\n"); len(lines) != 3 || !strings.HasPrefix(lines[0], "clinic.yaml:1: id: ") {
		t.Errorf("%v", err)
	}
}

func TestOwnTextsAreCheckedAgainstTheCatalogue(t *testing.T) {
	keys := TextKeys([]string{"intro", "goodbye"})
	refuse := TextCheck(func(key, text string) error {
		if strings.Contains(text, "{{.secret}}") {
			return errors.New("uses what it is not given")
		}
		return nil
	})
	for name, test := range map[string]struct{ text, want string }{
		"known":       {"texts:\n  intro: {en: Hi, es: Hola}\n", ""},
		"unknown":     {"texts:\n  intor: {en: Hi, es: Hola}\n", "did you mean intro?"},
		"half":        {"texts:\n  intro: {en: Hi}\n", "no Spanish text"},
		"placeholder": {"texts:\n  intro: {en: Hi, es: 'Hola {{.secret}}'}\n", "uses what it is not given"},
		"long":        {"texts:\n  intro: {en: Hi, es: " + strings.Repeat("hola ", 130) + "}\n", "longer than 600"},
	} {
		got := problems(t, least+test.text, keys, refuse)
		if test.want == "" && got != nil || test.want != "" && (len(got) != 1 || got[0].Line != 15 || !strings.Contains(got[0].Message, test.want)) {
			t.Errorf("%s: %v, want %q on line 15", name, got, test.want)
		}
	}
	if got := problems(t, least+"texts:\n  anything: {en: Hi, es: Hola}\n"); got != nil {
		t.Errorf("without a list of keys: %v", got)
	}
}

func TestLoadTellsAFileThatIsNotThereFromOneThatIsWrong(t *testing.T) {
	dir := t.TempDir()
	_, err := Load(filepath.Join(dir, "none.yaml"))
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
	path := filepath.Join(dir, "sol.yaml")
	if err := os.WriteFile(path, []byte(least), 0o600); err != nil {
		t.Fatal(err)
	}
	if p, err := Load(path); err != nil || p.ID != "sol" {
		t.Errorf("%v", err)
	}
	if err := os.WriteFile(path, []byte("id: SOL\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = Load(path)
	if all := (*ProblemsError)(nil); !errors.As(err, &all) || all.Problems[0].File != "sol.yaml" {
		t.Errorf("%v", err)
	}
}

func FuzzParseNeverPanicsAndNeverLetsAHalfProfilePass(f *testing.F) {
	f.Add(least)
	f.Add(string(sample))
	f.Add("id: &a [*a]\n")
	f.Add("a: &a {b: *a}\nlocations: *a\n")
	f.Add("locations:\n  - &l {id: x, hours: {mon: *l}}\n")
	f.Add("id: \"\\0\"\nname: !!binary aGk=\n")
	f.Add("? [a, b]\n: c\n")
	f.Add("---\nid: a\n---\nid: b\n")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := Parse("fuzz.yaml", []byte(text), TextKeys([]string{"intro"}))
		if err != nil {
			if all := (*ProblemsError)(nil); !errors.As(err, &all) || len(all.Problems) == 0 {
				t.Fatalf("%T without problems: %v", err, err)
			}
			return
		}
		if p.ID == "" || p.Name == "" || p.Zone == nil || p.Phone == "" || p.Links.Secure == "" || len(p.Location) == 0 {
			t.Fatalf("a profile passed that lacks what replies need: %+v", p)
		}
		now := Date{2026, 3, 8}.In(p.Zone)
		p.Status(p.Place(""), now)
		p.NextOpening(now)
	})
}
