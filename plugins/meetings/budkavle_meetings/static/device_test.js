// The test of camera and microphone on the waiting page: nobody else sees or hears it.
import { level, openBoth } from "./devices.js";

const row = document.querySelector("[data-devices]");
const preview = document.querySelector("[data-preview]");
const bars = Array.from({ length: 6 }, () => document.createElement("i"));
document.querySelector("[data-meter]").replaceChildren(...bars);
let stop = () => {};
async function tryDevices() {
  stop();
  const text = document.querySelector("[data-devices-text]");
  const { stream, faults } = await openBoth();
  const [sound, picture] = [stream.getAudioTracks().length, stream.getVideoTracks().length];
  const outcome = sound && picture ? "works" : picture ? "quiet" : sound ? "dark" : "none";
  text.textContent = text.dataset[outcome];
  row.classList.toggle("done", outcome === "works");
  row.dataset.outcome = Object.keys(faults).length ? "faulty" : outcome;
  preview.hidden = outcome === "none";
  preview.querySelector("video").srcObject = picture ? stream : null;
  const silence = level(stream, (loud) => {
    for (const [at, bar] of bars.entries()) bar.classList.toggle("on", loud * bars.length > at + 0.2);
  });
  stop = () => {
    silence();
    for (const track of stream.getTracks()) track.stop();
  };
}

if (navigator.mediaDevices?.getUserMedia) {
  row.hidden = false;
  document.querySelector("[data-try]").addEventListener("click", tryDevices);
}
addEventListener("pagehide", () => stop());
