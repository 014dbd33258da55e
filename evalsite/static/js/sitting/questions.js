// The questions of a trial page: groups of radio buttons marked with data-question="path.to.field".

export class Question {
  constructor(element) {
    this.element = element;
    this.path = element.dataset.question;
    this.isQuality = element.dataset.kind === "quality";
  }

  get radios() {
    return [...this.element.querySelectorAll('input[type="radio"]')];
  }

  get value() {
    const chosen = this.radios.find((radio) => radio.checked);
    if (!chosen) {
      return null;
    }
    return /^\d+$/.test(chosen.value) ? Number(chosen.value) : chosen.value;
  }

  set value(value) {
    for (const radio of this.radios) {
      radio.checked = radio.value === String(value);
    }
  }

  /** Choose by a digit: 1 is the first answer, 0 is "can't tell". True when there is such one. */
  choose(digit) {
    const steps = this.radios.filter((radio) => radio.value !== "cant_tell");
    const radio =
      digit === 0 ? this.radios.find((one) => one.value === "cant_tell") : steps[digit - 1];
    radio?.focus();
    radio?.click();
    return Boolean(radio);
  }

  focus() {
    (this.radios.find((radio) => radio.checked) ?? this.radios[0]).focus();
  }

  mark(sentence) {
    this.element.classList.toggle("missing", Boolean(sentence));
    const note = this.element.querySelector(".missing-note");
    if (note) {
      note.textContent = sentence;
      note.hidden = !sentence;
    }
  }
}

/** {"ratings.mode": 3, confidence: 2} becomes {ratings: {mode: 3}, confidence: 2}. */
export function nest(values) {
  const answer = {};
  for (const [path, value] of Object.entries(values)) {
    const names = path.split(".");
    const last = names.pop();
    let place = answer;
    for (const name of names) {
      place = place[name] ??= {};
    }
    place[last] = value;
  }
  return answer;
}
