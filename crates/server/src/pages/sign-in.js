"use strict";
const part = (id) => document.getElementById(id);
const secret = location.hash.slice(1);
if (secret && secret !== "opened") {
  part("link_secret").value = secret;
  // The secret stays out of the history; a reload finds out that there was one.
  history.replaceState(null, "", "#opened");
} else if (secret && !part("link_secret").value) {
  part("reopen").hidden = false;
}
part("link").hidden = true;
if (part("link_secret").value) {
  part("invited").hidden = false;
  part("who").hidden = true;
  part("password").autocomplete = "new-password";
  part("password").minLength = 12;
}
