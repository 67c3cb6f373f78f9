package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"

	"github.com/nats-io/nats.go"

	"recado/agent/bus"
	"recado/agent/clinic"
	"recado/agent/doctor"
	"recado/agent/paging"
	"recado/agent/schedule/fhir"
)

type doctorCommand struct {
	Check doctorCheckCommand `cmd:"" default:"withargs" help:"Look at a deployment and say what to fix. This is what recado doctor does without a word after it."`

	Runbook   doctorRunbookCommand   `cmd:"" help:"Print the runbook: what each alert means, what patients notice, what to do."`
	Alerts    doctorAlertsCommand    `cmd:"" help:"Print alert rules for Prometheus."`
	Dashboard doctorDashboardCommand `cmd:"" help:"Print a Grafana dashboard, to be imported."`
}

// doctorCheckCommand takes every setting of the other commands, none of them
// required: what is given is looked at.
type doctorCheckCommand struct {
	NATSURL string `name:"nats-url" env:"RECADO_NATS_URL" default:"nats://127.0.0.1:4222" help:"NATS servers, comma-separated."`
	NATSCA  string `name:"nats-ca" env:"RECADO_NATS_CA" type:"existingfile" help:"CA certificate of the servers, for TLS with a private CA." placeholder:"FILE"`

	AdminUser       string `name:"nats-admin-user" env:"NATS_ADMIN_USER" default:"admin" help:"User that manages streams."`
	AdminPassword   string `name:"nats-admin-password" env:"NATS_ADMIN_PASSWORD" help:"Its password." placeholder:"SECRET"`
	WorkerUser      string `name:"nats-worker-user" env:"NATS_WORKER_USER" default:"worker" help:"The workers' user."`
	WorkerPassword  string `name:"nats-worker-password" env:"NATS_WORKER_PASSWORD" help:"Its password." placeholder:"SECRET"`
	GatewayUser     string `name:"nats-gateway-user" env:"NATS_GATEWAY_USER" default:"gateway" help:"The gateways' user."`
	GatewayPassword string `name:"nats-gateway-password" env:"NATS_GATEWAY_PASSWORD" help:"Its password." placeholder:"SECRET"`
	ConsoleUser     string `name:"nats-console-user" env:"NATS_CONSOLE_USER" default:"console" help:"The consoles' user."`
	ConsolePassword string `name:"nats-console-password" env:"NATS_CONSOLE_PASSWORD" help:"Its password." placeholder:"SECRET"`
	As              string `env:"RECADO_DOCTOR_AS" enum:",admin,worker,gateway,console" default:"" help:"The role that --nats-user, --nats-password or --nats-creds are of. Defaults to the user's name." placeholder:"ROLE"`
	NATSUser        string `name:"nats-user" env:"RECADO_NATS_USER" help:"User of that role." placeholder:"NAME"`
	NATSPassword    string `name:"nats-password" env:"RECADO_NATS_PASSWORD" help:"Its password." placeholder:"SECRET"`
	NATSCreds       string `name:"nats-creds" env:"RECADO_NATS_CREDS" type:"existingfile" help:"Credentials file of that role." placeholder:"FILE"`
	NATSMonitor     string `name:"nats-monitor" env:"RECADO_NATS_MONITOR" help:"Monitoring address of NATS, e.g. http://127.0.0.1:8222: it tells of the disk." placeholder:"URL"`
	NATSStore       string `name:"nats-store" env:"RECADO_NATS_STORE" type:"existingdir" help:"Folder of JetStream's files, where it is on this host: whether they are encrypted." placeholder:"DIR"`
	Replicas        int    `env:"RECADO_REPLICAS" help:"Servers that are to hold each message. Defaults to any number." placeholder:"N"`

	RedisAddress         string `name:"redis-address" env:"RECADO_REDIS_ADDRESS" default:"127.0.0.1:6379" help:"Redis host and port."`
	RedisWorkerUser      string `name:"redis-worker-user" env:"REDIS_WORKER_USER" default:"worker" help:"The workers' user in Redis."`
	RedisWorkerPassword  string `name:"redis-worker-password" env:"REDIS_WORKER_PASSWORD" help:"Its password." placeholder:"SECRET"`
	RedisConsoleUser     string `name:"redis-console-user" env:"REDIS_CONSOLE_USER" default:"console" help:"The consoles' user in Redis."`
	RedisConsolePassword string `name:"redis-console-password" env:"REDIS_CONSOLE_PASSWORD" help:"Its password." placeholder:"SECRET"`

	SealPublicKey  string   `env:"RECADO_SEAL_PUBLIC_KEY" help:"Workers' and gateways' public key." placeholder:"KEY"`
	SealSigningKey string   `env:"RECADO_SEAL_SIGNING_KEY" help:"Their signing key." placeholder:"KEY"`
	SessionKey     string   `env:"RECADO_SESSION_KEY" help:"Workers' session key." placeholder:"KEY"`
	AddressKey     string   `env:"RECADO_ADDRESS_KEY" help:"Gateways' address key." placeholder:"KEY"`
	Staff          string   `env:"RECADO_STAFF_FILE" type:"existingfile" help:"The staff side's file: whether it opens what workers seal. On the staff side only." placeholder:"FILE"`
	LinkKey        []string `name:"link-key" env:"RECADO_LINK_KEY" help:"Key of patients' private links." placeholder:"KEY"`
	PrivateURL     string   `name:"private-url" env:"RECADO_PRIVATE_URL" help:"Address of the private page." placeholder:"URL"`
	PublicURL      string   `name:"public-url" env:"RECADO_PUBLIC_URL" help:"Address of the console." placeholder:"URL"`
	Secure         bool     `env:"RECADO_SECURE" help:"Cookies are marked for https."`
	Clinic         string   `help:"Profiles (YAML) of the clinics: a file, a folder, or kv." placeholder:"PATH"`
	ClinicSecrets  string   `name:"clinic-secrets" env:"RECADO_CLINIC_SECRETS" help:"File with tokens and keys of clinics that have their own." placeholder:"FILE"`

	WorkerHealth  []string `name:"worker-health" env:"RECADO_WORKER_HEALTH" help:"Health addresses of workers, host:port." placeholder:"ADDR"`
	GatewayHealth []string `name:"gateway-health" env:"RECADO_GATEWAY_HEALTH" help:"Health addresses of gateways." placeholder:"ADDR"`
	ConsoleHealth []string `name:"console-health" env:"RECADO_CONSOLE_HEALTH" help:"Health addresses of consoles." placeholder:"ADDR"`

	whatsAppFlags
	smsFlags
	llmFlags
	pagingFlags
	bookFlags
	Call bool `env:"-" help:"Also ask others: certificates of public addresses, FHIR servers of clinics' appointment books, contacts of the paging ladder, one harmless question to each language model."`
	JSON bool `name:"json" env:"-" help:"Print one JSON object."`
}

// Help says what it does to a deployment: nothing.
func (doctorCheckCommand) Help() string {
	return `It takes the settings of all other commands, from flags or from the same
environment, looks at what is given and says what it could not look at. It changes
nothing: nothing is stored, taken from a queue or removed. No secret is printed.

Give it the passwords of all roles (as .env of docker-compose.yml has them), and it
tries whether each role can do what it has to and cannot do what it must not.

Exit codes: 0 all is well, 1 warnings, 2 failures or wrong usage.`
}

// Run makes all checks.
func (c doctorCheckCommand) Run(ctx context.Context, std streams) error {
	keys, err := c.keys()
	if err != nil {
		return exit{2, err}
	}
	clinics, served := c.clinics(ctx)
	report := doctor.Run(ctx,
		c.nats().Check,
		c.redis().Check,
		keys.Check,
		clinics.Check,
		c.appointmentBooks(clinics.Profiles).Check,
		c.secretsFile().Check,
		c.whatsApp(served).Check,
		c.sms(served).Check,
		doctor.Public{Staff: c.PublicURL, Private: c.PrivateURL, Secure: c.Secure, Call: c.Call}.Check,
		c.health().Check,
		func(ctx context.Context) []doctor.Result { return c.pages(ctx, clinics.Profiles).Check(ctx) },
		func(ctx context.Context) []doctor.Result { return c.models(ctx).Check(ctx) },
	)
	if c.JSON {
		err = report.WriteJSON(std.out)
	} else {
		err = report.WriteText(std.out)
	}
	if err != nil {
		return err
	}
	switch code := report.Exit(); code {
	case 0:
		return nil
	case 1:
		return exit{1, errors.New("there are warnings")}
	default:
		return exit{code, errors.New("something is wrong: what to do follows each -> above")}
	}
}

func (c doctorCheckCommand) nats() doctor.NATS {
	n := doctor.NATS{
		URL: c.NATSURL, Default: c.NATSURL == "nats://127.0.0.1:4222", Monitor: c.NATSMonitor, Store: c.NATSStore,
		Layout: bus.Layout{Replicas: c.Replicas},
	}
	if c.NATSCA != "" {
		n.TLS = append(n.TLS, nats.RootCAs(c.NATSCA))
	}
	for _, login := range []struct {
		role           bus.Role
		user, password string
	}{
		{bus.RoleProvision, c.AdminUser, c.AdminPassword}, {bus.RoleWorker, c.WorkerUser, c.WorkerPassword},
		{bus.RoleGateway, c.GatewayUser, c.GatewayPassword}, {bus.RoleConsole, c.ConsoleUser, c.ConsolePassword},
	} {
		if login.password != "" {
			n.Logins = append(n.Logins, doctor.Login{Role: login.role, User: login.user, Options: []nats.Option{nats.UserInfo(login.user, login.password)}})
		}
	}
	if login, ok := c.own(); ok {
		n.Logins = append(n.Logins, login)
	}
	return n
}

// own is the one user that a process gets.
func (c doctorCheckCommand) own() (doctor.Login, bool) {
	role := c.As
	if role == "" {
		role = c.NATSUser
	}
	login := doctor.Login{Role: bus.Role(role), User: c.NATSUser}
	switch role {
	case "admin":
		login.Role = bus.RoleProvision
	case "worker", "gateway", "console":
	default:
		return login, false
	}
	switch {
	case c.NATSCreds != "":
		login.Options = []nats.Option{nats.UserCredentials(c.NATSCreds)}
	case c.NATSPassword != "":
		login.Options = []nats.Option{nats.UserInfo(c.NATSUser, c.NATSPassword)}
	default:
		return login, false
	}
	return login, true
}

func (c doctorCheckCommand) redis() doctor.Redis {
	r := doctor.Redis{Address: c.RedisAddress, Default: c.RedisAddress == "127.0.0.1:6379"}
	for _, login := range []doctor.RedisLogin{
		{Role: "worker", User: c.RedisWorkerUser, Password: c.RedisWorkerPassword}, {Role: "console", User: c.RedisConsoleUser, Password: c.RedisConsolePassword},
	} {
		if login.Password != "" {
			r.Logins = append(r.Logins, login)
		}
	}
	return r
}

// keys are those of both sides, where both are given.
func (c doctorCheckCommand) keys() (doctor.Keys, error) {
	k := doctor.Keys{Public: c.SealPublicKey, Signing: c.SealSigningKey, Session: c.SessionKey, Address: c.AddressKey, WorkerLinks: c.LinkKey}
	if c.Staff == "" {
		return k, nil
	}
	raw, err := os.ReadFile(c.Staff)
	if err != nil {
		return k, fmt.Errorf("--staff: %w", err)
	}
	f := &staffFile{lines: strings.Split(string(raw), "\n")}
	k.Private, k.Verify, k.ConsoleLinks = f.setting(settingPrivate), f.setting(settingVerify), f.setting("RECADO_LINK_KEY")
	if staff := f.setting("RECADO_STAFF_KEY"); len(staff) > 0 {
		k.Staff = staff[0]
	}
	return k, nil
}

func (c doctorCheckCommand) health() doctor.Health {
	h := doctor.Health{}
	for part, addresses := range map[string][]string{"worker": c.WorkerHealth, "gateway": c.GatewayHealth, "console": c.ConsoleHealth} {
		if len(addresses) > 0 {
			h[part] = addresses
		}
	}
	return h
}

// pages looks whom an emergency would wake.
func (c doctorCheckCommand) pages(ctx context.Context, profiles []*clinic.Profile) doctor.Setting {
	s := doctor.Setting{
		Part: "paging", Name: "paging", Given: true, Found: "an emergency would wake somebody",
		Do: "run recado page check, which names every problem with its line",
	}
	if c.Paging == "" && c.PublicURL == "" && c.Staff == "" { // not a console's settings
		s.Given, s.Ask = false, "give --paging as the console gets it: without it an emergency wakes nobody"
		return s
	}
	plan, senders, err := c.plan()
	if err != nil {
		s.Err = err
		return s
	}
	config := paging.Config{Plan: plan, Senders: senders, List: noInbox{}, Cases: noCases{}, States: noStates{}, Public: c.PublicURL, Clinics: clinic.Always(profiles...)}
	if config.Public == "" {
		config.Public = "https://staff.invalid"
	}
	pager, err := paging.New(config)
	if err != nil {
		s.Err = err
		return s
	}
	s.Warnings = pager.Warnings()
	if c.Call {
		s.Warnings = append(s.Warnings, pager.Reach(ctx)...)
	}
	if len(s.Warnings) > 0 {
		s.Found = "the settings can be read"
	}
	return s
}

// appointmentBooks are those that clinics have on FHIR servers.
func (c doctorCheckCommand) appointmentBooks(profiles []*clinic.Profile) doctor.Books {
	all := doctor.Books{Call: c.Call}
	key, err := c.bookFlags.key()
	for _, p := range profiles {
		if p.Booking.Kind != clinic.BookFHIR {
			continue
		}
		one := doctor.Book{Clinic: p.ID, Err: err}
		if one.Err == nil {
			var book *fhir.Book
			if book, one.Err = fhirBook(p, key, nil); one.Err == nil {
				one.Probe = book.Probe
			}
		}
		all.All = append(all.All, one)
	}
	return all
}

// models looks at the language models' settings.
func (c doctorCheckCommand) models(ctx context.Context) doctor.Setting {
	s := doctor.Setting{
		Part: "llm", Name: "language model", Do: "run recado llm check",
		Ask: "none is needed: rules and the classifier decide alone; recado llm sample prints settings",
	}
	config, ok, err := c.llmFlags.config()
	if err != nil || !ok {
		s.Err = err
		return s
	}
	client, err := c.model(nil)
	if err != nil {
		s.Err = err
		return s
	}
	s.Given = true
	endpoints := config.Endpoints
	if len(endpoints) == 0 {
		s.Found = "one endpoint, model " + config.Model
		s.Warnings = clear(s.Warnings, config.Model, config.BaseURL, config.Key != "")
	} else {
		s.Found = fmt.Sprintf("%d endpoint(s)", len(endpoints))
		for _, e := range endpoints {
			s.Warnings = clear(s.Warnings, e.Name, e.BaseURL, e.Key != "")
		}
	}
	if !client.CanTranslate() {
		s.Warnings = append(s.Warnings, "no endpoint is covered: messages that a detector suspects are not sent, and staff get no translations")
	}
	if c.Call && c.LLMConfig != "" {
		for _, e := range endpoints {
			if !probe(ctx, os.Stderr, config, e) {
				s.Warnings = append(s.Warnings, "endpoint "+e.Name+" gave no answer that can be used: recado llm check --call tells why")
			}
		}
	}
	return s
}

// clear warns of an endpoint whose messages travel in clear to another host.
func clear(all []string, name, base string, key bool) []string {
	u, err := url.Parse(base)
	if base == "" || err != nil || u.Scheme != "http" {
		return all
	}
	ip := net.ParseIP(u.Hostname())
	if u.Hostname() == "localhost" || ip != nil && (ip.IsLoopback() || ip.IsPrivate()) || !strings.Contains(u.Hostname(), ".") {
		return all
	}
	what := "messages"
	if key {
		what = "messages and the key"
	}
	return append(all, name+": "+what+" travel in clear to "+u.Host+": use https")
}
