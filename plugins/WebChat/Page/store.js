// What is kept in the browser. Private mode or a full storage: the page works, without memory.
export const store = {
  read(key) { try { return localStorage.getItem(key); } catch { return null; } },
  write(key, value) { try { localStorage.setItem(key, value); } catch { /* See above. */ } },
};

export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');
}

// What waits to be posted, each with an id and a time; in memory what the storage would not take.
export function createOutbox(key) {
  const unsaved = new Map();

  function all() {
    let kept = [];
    try { kept = JSON.parse(store.read(key)) || []; } catch { /* Not ours: start again. */ }
    const known = new Set(kept.map(one => one.id));
    return kept.concat([...unsaved.values()].filter(one => !known.has(one.id)));
  }

  return {
    all,
    has(id) { return all().some(one => one.id === id); },
    keep(one) {
      unsaved.set(one.id, one);
      store.write(key, JSON.stringify(all().filter(other => other.id !== one.id).concat(one).sort((a, b) => a.time - b.time)));
    },
    forget(id) {
      unsaved.delete(id);
      store.write(key, JSON.stringify(all().filter(other => other.id !== id)));
    },
  };
}
