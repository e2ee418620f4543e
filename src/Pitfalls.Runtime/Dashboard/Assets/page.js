// Everything that comes from the app is set as text, never as markup; trusted types in the page's policy hold us to it.
"use strict";

const pollMilliseconds = 2000;
const byId = (id) => document.getElementById(id);

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined && text !== null) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function fact(list, name, ...content) {
  list.append(element("dt", name));
  const value = element("dd");
  value.append(...content);
  list.append(value);
}

function time(text) {
  const made = element("time", new Date(text).toLocaleTimeString());
  made.dateTime = text;
  made.title = new Date(text).toLocaleString();
  return made;
}

function card(finding) {
  const item = element("li", null, "finding " + finding.severity);
  const heading = element("h2");
  heading.append(
    element("span", finding.severity, "severity"),
    element("span", finding.ruleId + " " + finding.title),
    element("span", finding.count.toLocaleString() + "×", "count"));
  const facts = element("dl");
  if (finding.routes.length > 0) fact(facts, "Route", element("code", finding.routes.join(", ")));
  if (finding.location) {
    const place = finding.location.file ? finding.location.function + " in " + finding.location.file + ":" + finding.location.line : finding.location.function;
    fact(facts, "Place", element("code", place));
  }
  fact(facts, "Fix", finding.fix);
  const help = element("a", "About " + finding.ruleId);
  // Only our own pages are linked; anything else would be somebody's mistake or worse.
  if (/^https:\/\//.test(finding.helpUrl)) help.href = finding.helpUrl;
  help.rel = "noreferrer noopener";
  help.target = "_blank";
  fact(facts, "Seen", "first ", time(finding.firstSeen), ", last ", time(finding.lastSeen), " · ", help);
  item.append(heading, element("p", finding.message), facts);
  return item;
}

function showFindings(findings) {
  byId("findings").replaceChildren(...findings.map(card));
  byId("findings").hidden = findings.length === 0;
  byId("empty").hidden = findings.length > 0;
}

function showStatus(status) {
  const off = status.detectors.filter((d) => !d.enabled).length;
  const on = status.detectors.length - off;
  const seen = status.signals.requests.toLocaleString() + " requests seen, " + status.signals.responses.toLocaleString() + " responses looked at";
  byId("app").textContent = status.application;
  byId("summary").textContent = status.findings.toLocaleString() + (status.findings === 1 ? " finding · " : " findings · ") + seen;
  byId("empty").textContent = "No findings. " + on + " rules are watching in the profile " + status.profile + "; " + seen + ".";
  byId("watched").textContent = "Profile " + status.profile + ", environment " + status.environment + ", your code: " + status.userAssemblies.join(", ")
    + ". " + on + " rules on, " + off + " off. " + status.allowed.toLocaleString() + " sightings allowed on purpose.";
  byId("detectors").replaceChildren(...status.detectors.map((d) => {
    const row = element("tr");
    row.append(element("td", d.ruleId + " " + d.title), element("td", d.enabled ? "on, " + d.severity : "off: " + d.reason));
    return row;
  }));
  const drops = status.dropped.map((d) => d.count.toLocaleString() + " dropped at " + d.station + ": " + d.reason);
  byId("notes").replaceChildren(...status.notes.concat(drops).map((n) => element("li", n)));
}

let shown = "";

async function refresh() {
  if (document.hidden) return;
  try {
    // The browser sends the entity tag along: an unchanged list costs the app no serialisation.
    const [findings, status] = await Promise.all([fetch("api/findings"), fetch("api/status")]);
    const text = await findings.text();
    if (text !== shown) {
      shown = text;
      showFindings(JSON.parse(text));
    }
    showStatus(await status.json());
  } catch {
    byId("summary").textContent = "The app does not answer; trying again …";
  }
}

document.addEventListener("visibilitychange", refresh);
setInterval(refresh, pollMilliseconds);
refresh();
