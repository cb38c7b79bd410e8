// Camera, microphone and loudspeaker, for the waiting page and the room: choosing, opening, showing how loud it is.
// What somebody has chosen is remembered in the browser; where a device is missing or forbidden, the others still work.
const KEY = "meeting-devices";
const PICTURE = { width: { ideal: 640 }, height: { ideal: 360 }, frameRate: { ideal: 15, max: 24 } };
const SOUND = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

// What was chosen last: {microphone, camera, speaker} by device id, and {micOn, cameraOn}.
export function choices() {
  try {
    return { micOn: true, cameraOn: true, ...JSON.parse(localStorage.getItem(KEY)) };
  } catch {
    return { micOn: true, cameraOn: true };
  }
}

export function choose(changes) {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...choices(), ...changes }));
  } catch {
    // without storage the choice lasts as long as the page
  }
}

// The devices by kind: {audioinput: [{id, label}], videoinput, audiooutput}. Labels are empty until one has been opened.
export async function devices() {
  const kinds = { audioinput: [], videoinput: [], audiooutput: [] };
  const all = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  for (const { kind, deviceId, label } of all) kinds[kind]?.push({ id: deviceId, label });
  return kinds;
}

const exact = (id) => (id ? { deviceId: { exact: id } } : {});
const wishes = {
  audio: (chosen) => ({ ...SOUND, ...exact(chosen.microphone) }),
  video: (chosen) => ({ ...PICTURE, ...exact(chosen.camera) }),
};

async function openTrack(kind, chosen) {
  const stream = await navigator.mediaDevices.getUserMedia({ [kind]: wishes[kind](chosen) });
  return stream.getTracks()[0];
}

// One device; where the remembered one is gone, any of its kind. Returns {track} or {fault}, a DOMException's name.
export async function open(kind) {
  if (!navigator.mediaDevices?.getUserMedia) return { fault: "NotSupportedError" };
  const chosen = choices();
  try {
    return { track: await openTrack(kind, chosen) };
  } catch (error) {
    if (error.name !== "OverconstrainedError") return { fault: error.name };
  }
  try {
    return { track: await openTrack(kind, {}) };
  } catch (error) {
    return { fault: error.name };
  }
}

// Microphone and camera together, so that the browser asks once: {stream, faults: {audio, video}}.
export async function openBoth({ audio = true, video = true } = {}) {
  const stream = new MediaStream();
  const faults = {};
  const chosen = choices();
  if (audio && video && navigator.mediaDevices?.getUserMedia) {
    try {
      const asked = { audio: wishes.audio(chosen), video: wishes.video(chosen) };
      return { stream: await navigator.mediaDevices.getUserMedia(asked), faults };
    } catch {
      // one of them does not work: find out which
    }
  }
  for (const [kind, wanted] of Object.entries({ audio, video })) {
    if (!wanted) continue;
    const { track, fault } = await open(kind);
    if (track) stream.addTrack(track);
    else faults[kind] = fault;
  }
  return { stream, faults };
}

// Calls back about four times a second with how loud the microphone is, 0 to 1. Returns what ends it.
export function level(stream, tell) {
  const tracks = stream.getAudioTracks();
  if (!tracks.length || !window.AudioContext) return () => {};
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  context.createMediaStreamSource(new MediaStream(tracks)).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
    tell(Math.min(1, Math.sqrt(power) * 4));
  }, 250);
  return () => {
    clearInterval(timer);
    context.close();
  };
}

// Lets an element's sound come out of the chosen loudspeaker, where the browser can.
export async function useSpeaker(element, id = choices().speaker) {
  if (!id || !element.setSinkId) return;
  try {
    await element.setSinkId(id);
  } catch {
    // it is gone: the usual one serves
  }
}
