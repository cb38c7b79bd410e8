// What a page of somebody signed in has beside budkavle.js: the session's end, and the stream of events.
import "./session.js";
import "./live.js";
import "./page/help.js";
