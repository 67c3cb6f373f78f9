package demo

// texts are the website's own words by language and key; facts come from the
// profile.
var texts = map[string]map[string]string{
	"en": {
		"tagline": "Your neighborhood clinic", "nav": "Main menu", "services": "What we do", "doctors": "Our team", "places": "Hours and locations", "first": "New patients",
		"skip": "Skip to the content", "language": "Language",
		"title": "Care for your whole family, in the language you speak at home.",
		"lead":  "Check-ups, vaccines, sick visits, and people at the front desk who remember you and your children.",
		"call":  "Call us", "book": "Book a visit", "write": "Questions after hours? Write to us with the button below, at any time, in English or Spanish.",
		"open": "Open", "open_until": "Open until", "closed": "Closed", "opens": "opens", "today": "today", "tomorrow": "tomorrow", "on": "on ", "at": "at",
		"services_lead": "Most of what your family needs, in one place.", "doctors_lead": "People you will see again at your next visit.", "places_lead": "Where we are, and when we are there.",
		"speaks": "Speaks", "map": "Map", "week": "Hours this week", "days": "Days", "hours": "Hours", "insurance": "Insurance we take", "bring": "What to bring to your first visit", "pay": "Without insurance",
		"emergency": "In an emergency call 911.", "fiction": "This clinic is made up. It shows how Recado’s chat looks on a clinic’s own website.", "alt": "The clinic’s yellow house with its blue door, between trees, under a morning sun",
	},
	"es": {
		"tagline": "La clínica de su barrio", "nav": "Menú principal", "services": "Qué atendemos", "doctors": "Nuestro equipo", "places": "Horarios y ubicaciones", "first": "Pacientes nuevos",
		"skip": "Ir al contenido", "language": "Idioma",
		"title": "Cuidamos a toda su familia, en el idioma que hablan en casa.",
		"lead":  "Chequeos, vacunas, consultas cuando algo no anda bien, y gente en la recepción que se acuerda de usted y de sus hijos.",
		"call":  "Llámenos", "book": "Haga su cita", "write": "¿Preguntas fuera de horario? Escríbanos con el botón de abajo, a cualquier hora, en español o en inglés.",
		"open": "Abierto", "open_until": "Abierto hasta las", "closed": "Cerrado", "opens": "abre", "today": "hoy", "tomorrow": "mañana", "on": "el ", "at": "a las",
		"services_lead": "Casi todo lo que su familia necesita, en un solo lugar.", "doctors_lead": "Gente que va a volver a ver en su próxima visita.", "places_lead": "Dónde estamos y a qué horas nos encuentra.",
		"speaks": "Habla", "map": "Mapa", "week": "Horario de esta semana", "days": "Días", "hours": "Horario", "insurance": "Seguros que aceptamos", "bring": "Qué traer a su primera visita", "pay": "Sin seguro",
		"emergency": "En una emergencia llame al 911.", "fiction": "Esta clínica es inventada. Muestra cómo se ve el chat de Recado en la página de una clínica.", "alt": "La casa amarilla de la clínica con su puerta azul, entre árboles, bajo el sol de la mañana",
	},
}
