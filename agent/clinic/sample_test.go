package clinic

import "testing"

func TestTheSampleClinicIsComplete(t *testing.T) {
	p, err := Parse("sample.yaml", SampleYAML())
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Location) != 2 || len(p.Plans) < 20 || len(p.Services) < 45 || len(p.Providers) != 6 || len(p.Prices) == 0 || p.Texts == nil {
		t.Errorf("locations %d, plans %d, services %d, providers %d, prices %d", len(p.Location), len(p.Plans), len(p.Services), len(p.Providers), len(p.Prices))
	}
	offered, not := 0, 0
	for _, s := range p.Services {
		if s.Offered {
			offered++
		} else {
			not++
		}
	}
	if offered < 30 || not < 8 {
		t.Errorf("%d services offered, %d known and not offered", offered, not)
	}
}

func TestEachSampleIsItsOwnCopy(t *testing.T) {
	a := Sample()
	a.Services[0].Name.EN = "changed"
	a.Location[0].Hours[1] = nil
	if b := Sample(); b.Services[0].Name.EN == "changed" || b.Location[0].Hours[1] == nil {
		t.Error("a change of one sample shows in the next")
	}
}
