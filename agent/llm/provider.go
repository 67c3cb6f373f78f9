package llm

import (
	"net/url"
	"strings"
)

// compatible is the provider of a server that speaks OpenAI's protocol and is
// none of those below: vLLM, Ollama, llama.cpp or a proxy.
const compatible = "openai_compatible"

// providers are OpenTelemetry's names for those who serve models, by the end
// of their hosts.
var providers = []struct{ host, name string }{
	{"api.openai.com", "openai"},
	{".openai.azure.com", "azure.ai.openai"},
	{"api.anthropic.com", "anthropic"},
	{"generativelanguage.googleapis.com", "gcp.gemini"},
	{"aiplatform.googleapis.com", "gcp.vertex_ai"},
	{".amazonaws.com", "aws.bedrock"},
	{"api.mistral.ai", "mistral_ai"},
	{"api.deepseek.com", "deepseek"},
	{"api.groq.com", "groq"},
	{"api.x.ai", "x_ai"},
}

// provider names who serves e, for metrics.
func provider(e Endpoint) string {
	if e.AzureVersion != "" {
		return "azure.ai.openai"
	}
	u, err := url.Parse(e.BaseURL)
	if err != nil {
		return compatible
	}
	for _, p := range providers {
		if strings.HasSuffix(strings.ToLower(u.Hostname()), p.host) {
			return p.name
		}
	}
	return compatible
}
