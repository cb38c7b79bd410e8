// Runs after office.js; see before_office.js.
Object.assign(history, window.budkavleHistory);
