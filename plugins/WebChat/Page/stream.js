// Events of a server-sent stream (HTML standard, 9.2), with lines that end at LF, as the gateway writes them.
export async function* events(body, onPart) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (let part; !(part = await reader.read()).done;) {
    onPart();
    text += part.value;
    for (let end; (end = text.indexOf('\n\n')) >= 0; text = text.slice(end + 2)) {
      const event = parse(text.slice(0, end));
      if (event) yield event;
    }
  }
}

function parse(block) {
  const event = { name: 'message', data: [], id: null };
  for (const row of block.split('\n')) {
    const colon = row.indexOf(':');
    if (colon <= 0) continue;
    const value = row.slice(colon + 1).replace(/^ /, '');
    const field = row.slice(0, colon);
    if (field === 'data') event.data.push(value);
    else if (field === 'event') event.name = value;
    else if (field === 'id') event.id = value;
  }
  return event.data.length ? { ...event, data: event.data.join('\n') } : null;
}
