// Fills a form as a person would and sends it; says what is missing, and then sends nothing.
(form, fields) => {
  const element = document.getElementById(form);
  if (!(element instanceof HTMLFormElement)) return { missing: `form ${form}` };
  for (const [name, value] of fields) {
    const field = element.elements.namedItem(name);
    if (!field || !("value" in field)) return { missing: `field ${name}` };
    field.value = value;
    if (field.value !== value || (field.checkValidity && !field.checkValidity())) {
      return { missing: `field ${name} that takes what is put into it` };
    }
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
  const button = element.querySelector("button:not([type=button]), input[type=submit]");
  if (!button) return { missing: `button in ${form}` };
  window.sojournLeft = true;
  button.click();
  return {};
}
