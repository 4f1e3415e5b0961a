"use strict";

// Lists the operations of openapi.json by service. All text goes in through
// textContent: nothing of the document or of a response is taken for HTML.

/** Returns a new element with properties and children. */
function element(name, properties, ...children) {
  const node = Object.assign(document.createElement(name), properties);
  node.append(...children);
  return node;
}

/** Returns an example of a schema, references resolved, as deep as it is instructive. */
function example(schema, definitions, depth = 0) {
  if (!schema) return null;
  if (schema.$ref) return example(definitions[schema.$ref.replace("#/definitions/", "")], definitions, depth);
  if (schema.type === "array") return depth > 5 ? [] : [example(schema.items, definitions, depth + 1)];
  if (schema.properties) {
    if (depth > 5) return {};
    return Object.fromEntries(
      Object.entries(schema.properties).map(([key, value]) => [key, example(value, definitions, depth + 1)]));
  }
  if (schema.enum) return schema.enum.join(" | ");
  return schema.format ? `${schema.type} (${schema.format})` : schema.type ?? "object";
}

/** Returns the path and query of a call with the values that were typed in. */
function address(path, parameters, inputs) {
  const query = new URLSearchParams();
  for (const parameter of parameters) {
    const value = inputs.get(parameter.name)?.value.trim() ?? "";
    if (parameter.in === "path") {
      if (value === "") throw new Error(`${parameter.name}: must not be empty`);
      path = path.replace(`{${parameter.name}}`, value.split("/").map(encodeURIComponent).join("/"));
    } else if (parameter.in === "query" && value !== "") {
      query.append(parameter.name, value);
    }
  }
  return query.size > 0 ? `${path}?${query}` : path;
}

/** Calls the operation and shows where, the status and the answer. */
async function call(verb, path, parameters, inputs, output) {
  try {
    const url = address(path, parameters, inputs);
    output.textContent = `${verb} ${url}\n…`;
    const options = { method: verb };
    const body = parameters.find((parameter) => parameter.in === "body");
    if (body) options.body = inputs.get(body.name).value;
    const response = await fetch(url, options);
    const text = await response.text();
    let shown = text;
    try { shown = JSON.stringify(JSON.parse(text), null, 2); } catch { /* not JSON: as it is */ }
    output.textContent = `${verb} ${url}\n${response.status} ${response.statusText}\n\n${shown}`;
  } catch (error) {
    output.textContent = String(error.message ?? error);
  }
}

/** Returns the inside of an operation; built when it is opened, as there are many. */
function body(verb, path, operation, definitions) {
  const parameters = operation.parameters ?? [];
  const inputs = new Map();
  const rows = parameters.map((parameter) => {
    const input = element("input", { name: parameter.name, ariaLabel: parameter.name });
    inputs.set(parameter.name, input);
    const type = parameter.format ?? parameter.type ?? "JSON";
    const note = `${type}, in ${parameter.in}${parameter.required ? ", required" : ""}`;
    return element("tr", {},
      element("td", {}, element("code", { textContent: parameter.name }), element("br"), note),
      element("td", {}, input),
      element("td", { className: "text", textContent: parameter.description ?? "" }));
  });
  const output = element("pre", { hidden: true });
  const button = element("button", { textContent: "Call", type: "submit" });
  const form = element("form", {}, element("table", {}, ...rows), button, output);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    output.hidden = false;
    call(verb, path, parameters, inputs, output);
  });
  const answer = JSON.stringify(example(operation.responses["200"]?.schema, definitions), null, 2);
  return element("div", { className: "body" },
    element("p", { className: "text", textContent: operation.description ?? "" }),
    form, element("p", { textContent: "Answers with" }), element("pre", { textContent: answer }));
}

/** Returns one operation, folded. */
function fold(verb, path, operation, definitions) {
  const details = element("details", {}, element("summary", {},
    element("span", { className: "verb", textContent: verb }),
    element("code", { textContent: path }),
    element("span", { className: "what", textContent: operation.summary ?? "" })));
  details.dataset.words = `${path} ${operation.operationId} ${operation.summary ?? ""}`.toLowerCase();
  details.addEventListener("toggle", () => {
    if (details.open && !details.querySelector(".body")) details.append(body(verb, path, operation, definitions));
  });
  return details;
}

async function main() {
  const services = document.getElementById("services");
  try {
    const api = await (await fetch("openapi.json")).json();
    document.title = document.getElementById("title").textContent = api.info.title;
    document.getElementById("about").textContent = api.info.description;
    services.replaceChildren();
    for (const tag of api.tags) {
      const section = element("section", {}, element("h2", { textContent: tag.name }));
      for (const [path, methods] of Object.entries(api.paths)) {
        for (const [method, operation] of Object.entries(methods)) {
          if (operation.tags[0] === tag.name) section.append(fold(method.toUpperCase(), path, operation, api.definitions));
        }
      }
      services.append(section);
    }
  } catch (error) {
    services.textContent = `openapi.json cannot be shown: ${error.message ?? error}`;
  }
}

document.getElementById("filter").addEventListener("input", (event) => {
  const words = event.target.value.toLowerCase().split(/\s+/);
  for (const section of document.querySelectorAll("section")) {
    let shown = 0;
    for (const operation of section.querySelectorAll("details")) {
      operation.hidden = !words.every((word) => operation.dataset.words.includes(word));
      if (!operation.hidden) shown++;
    }
    section.hidden = shown === 0;
  }
});

main();
