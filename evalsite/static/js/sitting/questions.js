// The questions of a trial page, found by convention, so that most trial types need a template only.
//
// An input's name is its place in the answer: name="ratings.minorness" -> {ratings: {minorness: 3}}.
//   radio buttons of one name: the chosen one's value; a number where it is written in digits
//   checkbox: true or false; with data-many: the list of those ticked
//   range: a number, unset until touched; number: a number; textarea, text, select: text
// [data-question="PATH"] around them takes part in what is still to do: data-todo="set the end",
// data-kind="quality" (counted), data-optional (may stay empty), a .missing-note inside.
// A custom element with data-answer="PATH" has .answer, .missing (in words, "" when nothing is) and
// dispatches "answer-change"; it may have .restore(answer) and .focusFirst().

export const CANT_TELL = "cant_tell";
const INPUTS = "input[name], select[name], textarea[name]";

/** All questions of a form in the order of the page. */
export function findQuestions(form) {
  const found = new Map();
  for (const element of form.querySelectorAll(`${INPUTS}, [data-answer]`)) {
    const { answer } = element.dataset;
    const path = answer ?? element.getAttribute("name");
    const isInside = element.parentElement.closest("[data-answer]");
    if (!isInside && !found.has(path)) {
      const isCustom = answer !== undefined;
      found.set(path, isCustom ? new CustomQuestion(element, path) : new Question(form, path));
    }
  }
  return [...found.values()];
}

class Question {
  constructor(form, path) {
    this.path = path;
    this.inputs = [...form.querySelectorAll(`[name="${CSS.escape(path)}"]`)];
    this.element = this.inputs[0].closest("[data-question]") ?? this.inputs[0];
    this.kind = this.element.dataset.kind ?? "";
    this.todo = this.element.dataset.todo ?? "";
    this.isOptional = this.element.hasAttribute("data-optional");
    this.type = this.inputs[0].type;
  }

  /** null: not answered. */
  get value() {
    const [first] = this.inputs;
    const ticked = this.inputs.filter((input) => input.checked);
    if (this.type === "radio") {
      return ticked.length ? readChoice(ticked[0].value) : null;
    }
    if (this.type === "checkbox") {
      const isMany = this.element.hasAttribute("data-many");
      return isMany ? ticked.map((input) => input.value) : first.checked;
    }
    if (this.type === "range") {
      return first.dataset.set === "true" ? Number(first.value) : null;
    }
    if (this.type === "number") {
      return first.value === "" ? null : Number(first.value);
    }
    return first.value.trim() === "" ? null : first.value;
  }

  set value(value) {
    for (const input of this.inputs) {
      if (this.type === "radio") {
        input.checked = input.value === String(value);
      } else if (this.type === "checkbox") {
        input.checked = Array.isArray(value) ? value.includes(input.value) : value === true;
      } else {
        input.value = String(value);
        this.touch();
      }
    }
  }

  /** A range counts as answered once it was touched, also where that left its place. */
  touch() {
    if (this.type === "range") {
      this.inputs[0].dataset.set = "true";
    }
  }

  get missing() {
    const { value } = this;
    const isEmpty = value === null || (Array.isArray(value) && value.length === 0);
    return (isEmpty && !this.isOptional) || this.#isTooShort;
  }

  get #isTooShort() {
    const { value, minLength = -1 } = this.inputs[0];
    const length = value.trim().length;
    return length > 0 && length < minLength;
  }

  /** Choose by a digit: 1 is the first answer, 0 is "can't tell". True when there is such one. */
  choose(digit) {
    const steps = this.inputs.filter((one) => one.value !== CANT_TELL);
    const input = digit === 0 ? this.inputs.find((one) => one.value === CANT_TELL) : steps[digit - 1];
    if (this.type !== "radio" || !input || input.disabled) {
      return false;
    }
    input.focus();
    input.click();
    return true;
  }

  focus() {
    (this.inputs.find((input) => input.checked) ?? this.inputs[0]).focus();
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

class CustomQuestion {
  constructor(element, path) {
    this.element = element;
    this.path = path;
    this.kind = "";
  }

  get value() {
    return this.element.answer;
  }

  set value(value) {
    this.element.restore?.(value);
  }

  get missing() {
    return Boolean(this.element.missing);
  }

  get todo() {
    return this.element.missing;
  }

  touch() {}

  choose() {
    return false;
  }

  focus() {
    (this.element.focusFirst ?? this.element.focus).call(this.element);
  }

  mark(sentence) {
    this.element.classList.toggle("missing", Boolean(sentence));
  }
}

export function readChoice(text) {
  return /^(0|[1-9]\d*)$/.test(text) ? Number(text) : text;
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
