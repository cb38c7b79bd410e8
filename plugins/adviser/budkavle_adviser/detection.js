// The rules of detection.py, for a program that reads a mail where Python is not. ES2016 without `?:`: the oldest
// Outlook that runs it loads nothing newer. The letters and the folding of case come from Python's own tables.

// biome-ignore lint/correctness/noUnusedVariables: whoever serves this file calls it
function guardCheck(rules) {
  const word = new RegExp(`[${rules.letters}]+(?:-[${rules.letters}]+)*`, "gu");
  const gap = `[${rules.spaces}]?`;
  const number = `(?:19|20)?[0-9]{6}${gap}[-+${rules.dashes}]?${gap}[0-9]{4}(?![0-9])`;
  const spaces = new RegExp(`[${rules.spaces}]`, "g");
  const dashes = new RegExp(`[${rules.dashes}]`, "g");
  const entries = rules.words.map((entry) => ({ entry, key: fold(entry.normalize("NFC")) }));

  // Folds sign by sign, since a whole word would follow rules of its place, as that of the Greek sigma.
  function fold(text) {
    return Array.from(text, (sign) => rules.fold[sign] || sign.toLowerCase()).join("");
  }

  function checksum(digits) {
    let sum = 0;
    for (let i = 0; i < 10; i += 1) {
      const product = Number(digits[i]) * (2 - (i % 2));
      sum += product;
      if (product > 9) sum -= 9;
    }
    return sum % 10;
  }

  function isOfPerson(digits, year) {
    const parts = /^(\d\d)?(\d\d)(\d\d)(\d\d)([-+]?)(\d\d\d)(\d)$/.exec(digits);
    if (!parts || parts[6] === "000") return false;
    if (checksum(parts[2] + parts[3] + parts[4] + parts[6] + parts[7]) !== 0) return false;
    let born = Number((parts[1] || "") + parts[2]);
    if (!parts[1]) {
      let latest = year;
      if (parts[5] === "+") latest -= 100;
      born = latest - ((latest - born) % 100);
    }
    const month = Number(parts[3]);
    let day = Number(parts[4]);
    if (day > 60) day -= 60; // a samordningsnummer
    if (month < 1 || month > 12 || day < 1) return false;
    return day <= new Date(Date.UTC(born, month, 0)).getUTCDate();
  }

  function hasPersonalNumber(text, year) {
    const search = new RegExp(number, "g");
    let hit = search.exec(text);
    while (hit) {
      // What Python's pattern looks back at: older engines cannot.
      const before = text.slice(Math.max(0, hit.index - 2), hit.index);
      if (/[0-9]$/.test(before) || /[0-9][-+]$/.test(before)) search.lastIndex = hit.index + 1;
      else if (isOfPerson(hit[0].replace(spaces, "").replace(dashes, "-"), year)) return true;
      hit = search.exec(text);
    }
    return false;
  }

  function wordsFound(text) {
    const words = new Set((text.normalize("NFC").match(word) || []).map(fold));
    const fits = (key) => {
      if (key.slice(-1) !== "*") return words.has(key);
      const start = key.slice(0, -1);
      return Array.from(words).some((found) => found.slice(0, start.length) === start);
    };
    return entries.filter((one) => fits(one.key)).map((one) => one.entry);
  }

  return (text, year) => {
    const findings = [];
    if (hasPersonalNumber(text, year)) findings.push({ name: "number", words: [] });
    const words = wordsFound(text);
    if (words.length > 0) findings.push({ name: "words", words });
    return findings;
  };
}
