// What JavaScript adds to pages that work without it, a module for each concern. What only somebody signed in needs is
// in signed-in.js. The server joins all of it into one file (web/http/joined_scripts.py).
import "./page/forms.js";
import "./page/toasts.js";
import "./page/updates.js";
import "./page/stale.js";
import "./page/ticks.js";
import "./page/title.js";
import "./page/countdown.js";
import "./page/keys.js";
import "./page/search.js";
import "./page/announcements.js";
import "./page/fields.js";
import "./page/choosers.js";
import "./uploads.js";
