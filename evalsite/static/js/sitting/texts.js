// Sentences from templates: the page brings them translated, scripts only fill them.

/** fill("Heard {heard} of {total} seconds", {heard: 7, total: 12}) */
export function fill(template, values) {
  return template.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
}

/** The form for n of "data-text-NAME-one" and "data-text-NAME-other", in the page's language. */
export function fillPlural(texts, name, n, language) {
  const form = new Intl.PluralRules(language || "en").select(n);
  const key = (part) => name + part[0].toUpperCase() + part.slice(1);
  return fill(texts[key(form)] ?? texts[key("other")], { n });
}
