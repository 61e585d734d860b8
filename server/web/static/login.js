// Signs in with an API key, which becomes a session's cookie, and goes on to where one came from.
import { $ } from "./dom.js";
import { explain, json } from "./http.js";
import { words } from "./words.js";

function onward() {
  const asked = new URL(new URLSearchParams(location.search).get("next") ?? "/", location.origin);
  return asked.origin === location.origin ? asked.href : "/";
}

function tell(said) {
  $("problem").textContent = said;
  $("key").select();
}

$("sign-in").onsubmit = async (event) => {
  event.preventDefault();
  $("enter").disabled = true;
  try {
    await json("POST", "/v1/session", { body: { key: $("key").value.trim() } });
    location.replace(onward());
  } catch (error) {
    tell(error.status === 401 ? error.message : explain(error));
  } finally {
    $("enter").disabled = false;
  }
};
