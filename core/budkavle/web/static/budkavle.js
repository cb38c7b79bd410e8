// What JavaScript adds to pages that work without it, a module for each concern. Chosen files are in uploads.js, the
// session in session.js, the stream of events in live.js.
import "./page/forms.js";
import "./page/toasts.js";
import "./page/updates.js";
import "./page/ticks.js";
import "./page/title.js";
import "./page/countdown.js";
import "./page/keys.js";
import "./page/search.js";
import "./page/announcements.js";
import "./page/fields.js";
