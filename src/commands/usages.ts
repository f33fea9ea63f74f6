/** Help texts of `invest-gateway <command> --help`, apart from the commands so that they load quickly. */
export const USAGES = {
  serve: `Usage: invest-gateway serve

Runs the gateway until SIGTERM or SIGINT: GraphQL, webhooks, health and metrics on one port. Then it takes no new
connection, finishes what runs (10 s at most), sends subscribers elsewhere and ends. Without upstream settings, outside
production, stand-ins play both upstreams. Settings are environment variables: invest-gateway --help lists them.

Exit codes: 0 it was told to stop and has; 1 a setting, the port or the database can't be used; 2 the command line is
wrong.
`,

  standins: `Usage: invest-gateway standins

Runs only the stand-ins of InvestSuite and Upvest, on this machine, until SIGTERM or SIGINT. Prints the settings that
reach them, for an env file:

  invest-gateway standins >standins.env

  STANDINS_INVESTSUITE_PORT, STANDINS_UPVEST_PORT  TCP ports; free ones when left out
  STANDINS_WEBHOOK_URL                             where webhooks go, e.g. http://localhost:4000/webhooks/upvest

Exit codes: 0 they were told to stop and have; 1 a port can't be used; 2 the command line is wrong.
`,

  sandbox: `Usage: invest-gateway sandbox <act> ...

Acts on stand-ins that run on this machine: those of a gateway without upstreams on the same DATA_DIR (npm start), or
those that INVESTSUITE_URL and UPVEST_URL name, as invest-gateway standins prints them. docs/sandbox.md has a line for
every final state and error of the graph. Never with NODE_ENV=production.

  portfolio [--kind KIND] [--cash AMOUNT] [--holding ISIN=UNITS]   adds one to both, and prints its ids
  clock [36h | 30d]                                                sets the date forward; what is due happens
  force WHAT HOW [--portfolio ID] [--times N]                      decides how the next one ends: deposit, withdrawal,
      decrease, order, transaction or holdings; refuse, refuse-late, contradict, lose, stay, work, cancel, return, ...
  trigger TYPE [--portfolio ID] [--object JSON]                    an event: CASH_BALANCE.UPDATED, portfolios/creation
  book LINE --portfolio ID --amount AMOUNT [--taxes AMOUNT] [--isin ISIN] [--type TYPE]
      dividend, interest, fee, tax, correction, deposit, split, stock-dividend, transfer; cash or units of any TYPE
  cancel-line ID                                                   takes a line back
  order --portfolio ID --side SIDE --isin ISIN --quantity UNITS    placed elsewhere [--flow FLOW] [--reference TEXT]
  plan --portfolio ID --isin ISIN --amount AMOUNT                  a savings plan, which the clock carries out
  recommend --portfolio ID --isin ISIN --quantity UNITS            the robo advisor recommends an order
  hold --portfolio ID --holding ISIN=UNITS                         changes holdings in InvestSuite by hand
  spoil --portfolio ID                                             a line of the cash ledger that nobody can read
  instrument ISIN --status ACTIVE|INACTIVE                         whether the broker trades it
  cut investsuite|upvest|webhooks [--how reset|hang|503]           takes it away, until restore
  fault SYSTEM KIND [--status N] [--ms N] [--form FORM] [--method M] [--path REGEX] [--body REGEX] [--skip N]
      [--times N]
      status, reset-before, reset-after, hang, delay, garbage (not-json, wrong-shape, truncated, empty)
  set SYSTEM [NAME=VALUE]                                          a setting of a stand-in; prints all without
  restore                                                          ends outages, faults and what was forced
  resend [--type TYPE] [--last N]                                  sends webhook events again
  rotate-keys [drop-old]                                           signs webhooks with a new key
  auth                                                             prints AUTH_... settings for tokens of the sandbox
  token --user ID [--scope SCOPES]                                 prints a token of a user
  settings                                                         prints the settings that reach the stand-ins

Exit codes: 0 done; 1 it could not be done, or there are no stand-ins; 2 the command line is wrong.
`,

  doctor: `Usage: invest-gateway doctor [--register-webhook] [--write]

Checks the settings, then tries the database, both upstreams, the token issuer's keys and the Kafka brokers, as far as
they are set; checks that Upvest's webhook calls PUBLIC_URL, is enabled and receives all events; and reports which
capabilities Upvest grants. Without an option it writes nothing. It may run beside a gateway.

  --register-webhook  has Upvest call PUBLIC_URL: creates its webhook where there is none, enables it, and asks for a
                      test delivery. It may be run again.
  --write             tries which forms of calls the tenant takes, by reads, and keeps that in the database for the
                      gateway's next start: see TENANT_PROFILE.

Exit codes: 0 all works; 1 something does not; 2 the command line is wrong.
`,

  webhooks: `Usage: invest-gateway webhooks status [--json]
       invest-gateway webhooks register
       invest-gateway webhooks rotate

Upvest's webhook. \`status\` shows which there are, what each calls and asks for, whether it is enabled, and the keys that
deliveries are signed with; it only reads. \`register\` has Upvest call PUBLIC_URL, as doctor --register-webhook does.
\`rotate\` replaces the webhook by a new one, as after a change of PUBLIC_URL: creates, enables and tests it, then
deletes those that called this address or were made by a gateway. What those had not delivered yet is not delivered. All
may be run again, and beside a gateway.

  --json  one JSON object

Exit codes: 0 done, and events arrive; 1 they don't, or it could not be done; 2 the command line is wrong.
`,

  inbox: `Usage: invest-gateway inbox list [--json]
       invest-gateway inbox replay <id> ... | --all

Events that could not be worked with are kept aside. \`list\` shows them, the oldest first; \`replay\` has the gateway
work on them again, as after an update that understands them. Both may run beside a gateway.

  --json   one JSON object a line, with what was kept of the event
  --all    every parked event

Exit codes: 0 done; 1 it could not be done, or there is no such parked event; 2 the command line is wrong.
`,

  reviews: `Usage: invest-gateway reviews list [--json]
       invest-gateway reviews show <id> [--json]
       invest-gateway reviews resolve <id> --outcome DONE|NOT_DONE|RETRY --note <text> [--key <key>]

Deposits, withdrawals, movements of virtual cash and orders that the gateway can't settle by itself. \`list\` shows them,
the one that has waited longest first; \`show\` tells what happened to one, in review or not; \`resolve\` ends a review, as
resolveReview in the graph does, and is audited under the name of this machine's user. All may run beside a gateway.

  --outcome     DONE: the doubtful step did happen, it goes on. NOT_DONE: it did not, it fails and what was reserved is
                released. RETRY: the upstream is asked again
  --note        how that was found out; kept in the history and in the audit
  --key         idempotency key, for a call that is repeated: the same key has no second effect
  --json        one JSON object a line

Exit codes: 0 done; 1 it could not be done, or there is no such object; 2 the command line is wrong.
`,

  schema: `Usage: invest-gateway schema [--federation]

Prints the graph in GraphQL schema language.

  --federation  as a subgraph of Apollo Federation 2, with the directives that a router composes by

Exit codes: 0 printed; 2 the command line is wrong.
`,

  reconcile: `Usage: invest-gateway reconcile [--json] [--since <time>] [--ours-only]

Compares every deposit, withdrawal and movement of virtual cash with what Upvest and InvestSuite have, and
prints one line for each difference. It only reads, and may run beside a gateway.

  --json          one JSON object a line
  --since <time>  only what happened since (2026-01-31 or 2026-01-31T12:00:00Z)
  --ours-only     not what others have done in our portfolios and account groups

Exit codes: 0 nothing differs; 1 something does, or it could not be compared; 2 the command line is wrong.
`,

  sync: `Usage: invest-gateway sync [--portfolio <id>] [--since <day>] [--dry-run]

Compares portfolios with the broker, and begins what InvestSuite lacks: transactions of the broker's ledgers and
orders, and holdings. A gateway that runs on the same database carries it out. One line for each change. A sweep that
was cut off goes on where it was. Uses half of UPVEST_REQUESTS_PER_SECOND. Needs PORTFOLIO_SYNC=on, except --dry-run.

  --portfolio <id>  only this one
  --since <day>     only lines booked since (2026-01-31)
  --dry-run         write nothing

Exit codes: 0 all were compared; 1 some could not be; 2 the command line is wrong.
`,

  audit: `Usage: invest-gateway audit verify [--heads LOG [--key PEM]...] [--against FILE] [--json]
       invest-gateway audit export
       invest-gateway audit show <id> [--json]

verify checks the audit's chains: that no row was altered, removed or inserted since it was written. Checks the rows
of workflows, their history and their idempotency keys against the audit. It only reads, and may run beside a gateway.
show prints the entries of one object, oldest first: who did what, and when.
export prints every row and each chain's head, one JSON object a line, for a check by a program that is not ours.

  --heads LOG     a gateway's log: checks that the chains still have the heads that were logged. Shows whether
                  somebody who can write everything in the database has written the audit anew
  --key PEM       the public key of AUDIT_KEY_FILE: only lines that it has signed count, and each line must be;
                  several of them where the key has changed
  --against FILE  what --json printed earlier, in place of a log
  --json          one JSON object, with where each chain stands

Exit codes: 0 all is as it was written; 1 it is not, or it could not be read; 2 the command line is wrong.
`,

  backup: `Usage: invest-gateway backup <file>

Copies the embedded database into a file, as it is at one moment; a gateway may be running.

Exit codes: 0 the file is on disk; 1 it could not be made; 2 the command line is wrong.
`,

  version: `Usage: invest-gateway version

Prints the version.

Exit codes: 0 printed; 2 the command line is wrong.
`,
} as const;
