package language

// asked finds a wish for a language: "in english please", "¿me puede
// contestar en español?". Naming a language is not yet a wish: forms can be in
// English, and so can what the hospital said.
func asked(tokens []Token) Language {
	for i, t := range tokens {
		lang := named(t.Surface)
		if lang == "" || i == 0 || bothNamed(tokens) {
			continue
		}
		switch tokens[i-1].Surface {
		case "in", "en":
			if len(tokens) <= shortWish && !(i >= 2 && inLanguage(tokens[i-2].Surface)) || wished(tokens, i) {
				return lang
			}
		}
	}
	if len(tokens) <= 2 && len(tokens) > 0 && (len(tokens) == 1 || polite(tokens[1].Surface)) {
		return named(tokens[0].Surface)
	}
	return ""
}

const (
	shortWish = 5 // tokens of a message in which naming a language is a wish
	wishReach = 5 // tokens between the verb of a wish and its language
)

// wished reports whether a verb of writing or a polite word stands near the
// language named at i.
func wished(tokens []Token, i int) bool {
	for back := 2; back <= wishReach && i-back >= 0; back++ {
		w := tokens[i-back].Surface
		if inLanguage(w) {
			return false
		}
		if wishVerb(w) {
			return true
		}
	}
	return i+1 < len(tokens) && polite(tokens[i+1].Surface) && !(i >= 2 && inLanguage(tokens[i-2].Surface))
}

func bothNamed(tokens []Token) bool {
	en, es := false, false
	for _, t := range tokens {
		en = en || named(t.Surface) == English
		es = es || named(t.Surface) == Spanish
	}
	return en && es
}

func named(w string) Language {
	switch w {
	case "english", "ingles", "inglish", "ingles?":
		return English
	case "spanish", "espanol", "castellano", "espaniol":
		return Spanish
	}
	return ""
}

// inLanguage are things that are in a language, and what others do in one.
func inLanguage(w string) bool {
	switch w {
	case "forms", "form", "paperwork", "papers", "formularios", "formas", "papeles", "doctor", "doctors", "interpreter", "documentos", "website", "pagina",
		"dicen", "dijeron", "dice", "dijo", "said", "says", "told", "class", "clases", "groups", "group", "todo", "everything", "letter", "carta", "esta", "vino", "came":
		return true
	}
	return false
}

func wishVerb(w string) bool {
	switch w {
	case "answer", "reply", "respond", "write", "talk", "speak", "text", "chat", "switch", "continue", "do", "prefer", "message", "go", "keep", "have", "use", "put", "send",
		"contesteme", "contestame", "contestar", "conteste", "contesta", "responda", "respondame", "respondeme", "responder", "hableme", "hablame", "hablar", "hable", "hablemos",
		"escribame", "escribeme", "escribir", "escriba", "prefiero", "preferiria", "mejor", "podemos", "puede", "puedes", "pueden", "podria", "podrian", "cambie", "cambiar", "cambiemos",
		"quiero", "seguimos", "digame", "dime", "digamelo", "mandeme", "atiendame", "sigamos":
		return true
	}
	return false
}

func polite(w string) bool {
	switch w {
	case "please", "pls", "plz", "porfavor", "porfa", "por", "xfa", "favor":
		return true
	}
	return false
}
