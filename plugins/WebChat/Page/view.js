// The elements of a message. Text from outside is only ever set as text.
const pictureTypes = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'];

export function element(name, className, ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

export function button(label, action, className = '') {
  const made = element('button', className, label);
  made.type = 'button';
  made.addEventListener('click', action);
  return made;
}

export function sizeOf(bytes) {
  return bytes < 1000 ? `${bytes} B` : bytes < 1_000_000 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

// One line of a message, for a quote or the bar above the composer.
export function lineOf(message) {
  const words = message.text.trim().replace(/\s+/g, ' ');
  if (words) return words.length > 160 ? [...words].slice(0, 160).join('') + '…' : words;
  return (message.files || []).map(file => file.name).join(', ') || 'A message';
}

export function createItem(message, from, openMenu) {
  const item = element('li', 'message' + (from === 'user' ? ' mine' : ''));
  item.dataset.id = message.id;
  item.dataset.time = message.time;
  const more = button('⋯', () => openMenu(more), 'more');
  more.ariaLabel = 'Actions';
  more.ariaHasPopup = 'menu';
  const parts = {
    quote: element('div', 'quoted'),
    text: element('div', 'text'),
    files: element('div', 'files'),
    choices: element('div', 'choices'),
    reactions: element('div', 'reactions'),
    meta: element('p', 'meta'),
  };
  parts.text.dir = 'auto';
  parts.choices.role = 'group';
  parts.choices.ariaLabel = 'Choices';
  const bubble = element('div', 'bubble', parts.quote, parts.text, parts.files, parts.choices);
  item.append(element('span', 'sr', from === 'user' ? 'You: ' : 'Reply: '), element('div', 'row', bubble, more), parts.reactions, parts.meta);
  return { item, parts };
}

export function showText(part, text) {
  part.hidden = !text;
  if (part.textContent !== text) part.textContent = text;
}

// A quote leads to the message that it quotes, as long as the page shows it.
export function showQuote(part, quoted, name, go) {
  if (quoted === undefined) {
    part.replaceChildren();
  } else {
    const words = [element('span', 'name', name), element('span', 'line', quoted ? lineOf(quoted) : 'A message that is no longer here')];
    const box = quoted ? button('', go, 'quote') : element('p', 'quote');
    box.append(...words);
    box.dir = 'auto';
    part.replaceChildren(box);
  }
}

export function showFiles(part, files, addressOf, onLoad) {
  const state = JSON.stringify([files || [], Boolean(addressOf)]);
  if (part.dataset.state === state) return;
  part.dataset.state = state;
  const isPicture = file => addressOf && pictureTypes.includes(file.type);
  part.replaceChildren(...(files || []).map(file => file.removed ? gone(file) : isPicture(file) ? picture(file) : link(file)));

  function gone(file) { return element('p', 'file removed', file.name, element('span', 'size', 'no longer kept')); }

  function link(file) {
    const made = element(addressOf ? 'a' : 'p', 'file', element('span', 'name', file.name), element('span', 'size', sizeOf(file.size)));
    if (addressOf) [made.href, made.download] = [addressOf(file), file.name];
    return made;
  }

  function picture(file) {
    const image = element('img');
    image.alt = file.name;
    image.src = addressOf(file);
    const made = element('a', 'picture', image);
    made.href = image.src;
    made.target = '_blank';
    made.rel = 'noopener';
    image.addEventListener('load', onLoad);
    image.addEventListener('error', () => made.replaceWith(link(file)));
    return made;
  }
}

export function showReactions(part, reactions, toggle) {
  const sides = new Map();
  for (const { emoji, from } of reactions || []) sides.set(emoji, [...(sides.get(emoji) || []), from]);
  const focused = part.contains(document.activeElement) ? document.activeElement.dataset.emoji : null;
  part.replaceChildren(...[...sides].map(([emoji, from]) => {
    const isMine = from.includes('user');
    const made = button(from.length > 1 ? `${emoji} ${from.length}` : emoji, () => toggle(emoji, isMine), 'reaction');
    made.dataset.emoji = emoji;
    made.ariaPressed = String(isMine);
    made.ariaLabel = `${emoji}: ${from.map(side => side === 'user' ? 'you' : 'the other side').join(' and ')}`;
    return made;
  }));
  if (focused) [...part.children].find(made => made.dataset.emoji === focused)?.focus();
}

// The buttons of a message. While a press is being sent they keep the focus and do nothing.
export function showChoices(part, choices, pressed, press) {
  const state = JSON.stringify(choices || []);
  if ((part.dataset.state || '[]') !== state) {
    part.dataset.state = state;
    const focused = part.contains(document.activeElement) ? document.activeElement.dataset.token : null;
    part.replaceChildren(...(choices || []).map(({ token, label, style }) => {
      const made = button(label, () => { if (made.ariaDisabled !== 'true') press(token); }, 'choice');
      made.dir = 'auto';
      made.dataset.token = token;
      made.dataset.style = style;
      return made;
    }));
    if (focused) ([...part.children].find(made => made.dataset.token === focused) || part.closest('.message').querySelector('.more')).focus({ preventScroll: true });
  }
  for (const made of part.children) {
    made.ariaDisabled = String(Boolean(pressed));
    made.classList.toggle('pressed', made.dataset.token === pressed);
  }
}

// A menu that opens at a button. Arrow keys move in it; Escape and a click elsewhere close it.
export function createMenu(menu) {
  let opener = null;
  menu.addEventListener('toggle', event => {
    if (event.newState !== 'closed' || !opener) return;
    opener.ariaExpanded = 'false';
    if (menu.contains(document.activeElement) || document.activeElement === document.body) opener.focus();
    opener = null;
  });
  menu.addEventListener('keydown', event => {
    const items = [...menu.querySelectorAll('button')];
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    const at = step ? items.indexOf(document.activeElement) + step : event.key === 'Home' ? 0 : event.key === 'End' ? -1 : NaN;
    if (Number.isNaN(at)) return;
    event.preventDefault();
    items.at(at % items.length).focus();
  });
  return {
    open(at, ...children) {
      if (!children.length) return;
      menu.replaceChildren(...children);
      menu.showPopover();
      opener = at;
      at.ariaExpanded = 'true';
      const [place, size] = [at.getBoundingClientRect(), menu.getBoundingClientRect()];
      menu.style.left = Math.max(8, Math.min(place.left + place.width / 2 - size.width / 2, innerWidth - size.width - 8)) + 'px';
      menu.style.top = (place.bottom + size.height + 12 < innerHeight ? place.bottom + 4 : Math.max(8, place.top - size.height - 4)) + 'px';
      menu.querySelector('button').focus();
    },
    close() { menu.hidePopover(); },
  };
}
