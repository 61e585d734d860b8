// Signs in with an API key, which becomes a session's cookie, and goes on to where one came from.
const $ = (id) => document.getElementById(id);

function onward() {
  const asked = new URL(new URLSearchParams(location.search).get("next") ?? "/", location.origin);
  return asked.origin === location.origin ? asked.href : "/";
}

function tell(words) {
  $("problem").textContent = words;
  $("problem").hidden = false;
  $("key").select();
}

async function enter() {
  const response = await fetch("/v1/session", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ key: $("key").value.trim() }),
  });
  if (response.ok) return location.replace(onward());
  const told = await response.json().catch(() => null);
  tell(told?.error?.message ?? `The server answered ${response.status}.`);
}

$("sign-in").onsubmit = async (event) => {
  event.preventDefault();
  $("enter").disabled = true;
  try {
    await enter();
  } catch {
    tell("The server cannot be reached.");
  } finally {
    $("enter").disabled = false;
  }
};
