package clinic

// SpokenLanguage is a language that a clinic may say its people speak.
type SpokenLanguage struct {
	Code string // ISO 639
	Name Bilingual
}

// SpokenLanguages are the languages that profiles can name.
var SpokenLanguages = []SpokenLanguage{
	{"en", Bilingual{"English", "inglés"}},
	{"es", Bilingual{"Spanish", "español"}},
	{"vi", Bilingual{"Vietnamese", "vietnamita"}},
	{"zh", Bilingual{"Chinese", "chino"}},
	{"yue", Bilingual{"Cantonese", "cantonés"}},
	{"ar", Bilingual{"Arabic", "árabe"}},
	{"ur", Bilingual{"Urdu", "urdu"}},
	{"hi", Bilingual{"Hindi", "hindi"}},
	{"gu", Bilingual{"Gujarati", "guyaratí"}},
	{"pa", Bilingual{"Punjabi", "panyabí"}},
	{"bn", Bilingual{"Bengali", "bengalí"}},
	{"ne", Bilingual{"Nepali", "nepalí"}},
	{"fa", Bilingual{"Farsi", "farsi"}},
	{"ps", Bilingual{"Pashto", "pastún"}},
	{"fr", Bilingual{"French", "francés"}},
	{"pt", Bilingual{"Portuguese", "portugués"}},
	{"ht", Bilingual{"Haitian Creole", "criollo haitiano"}},
	{"tl", Bilingual{"Tagalog", "tagalo"}},
	{"ko", Bilingual{"Korean", "coreano"}},
	{"ja", Bilingual{"Japanese", "japonés"}},
	{"ru", Bilingual{"Russian", "ruso"}},
	{"uk", Bilingual{"Ukrainian", "ucraniano"}},
	{"pl", Bilingual{"Polish", "polaco"}},
	{"de", Bilingual{"German", "alemán"}},
	{"it", Bilingual{"Italian", "italiano"}},
	{"sw", Bilingual{"Swahili", "suajili"}},
	{"am", Bilingual{"Amharic", "amárico"}},
	{"so", Bilingual{"Somali", "somalí"}},
	{"yo", Bilingual{"Yoruba", "yoruba"}},
	{"my", Bilingual{"Burmese", "birmano"}},
	{"qu", Bilingual{"Quechua", "quechua"}},
	{"nah", Bilingual{"Nahuatl", "náhuatl"}},
	{"quc", Bilingual{"K'iche'", "quiché"}},
	{"mam", Bilingual{"Mam", "mam"}},
	{"ase", Bilingual{"American Sign Language", "lengua de señas"}},
}

// LanguageName is a language's name, or its code in both languages where it
// is not in SpokenLanguages.
func LanguageName(code string) Bilingual {
	for _, l := range SpokenLanguages {
		if l.Code == code {
			return l.Name
		}
	}
	return Bilingual{code, code}
}

func knownLanguage(code string) bool { return contains(languageCodes(), code) }

func languageCodes() []string {
	codes := make([]string, len(SpokenLanguages))
	for i, l := range SpokenLanguages {
		codes[i] = l.Code
	}
	return codes
}
