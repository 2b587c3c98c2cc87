// The files that are chosen for the next message: each is uploaded at once and shown above the text until the message is sent.
import { button, element, sizeOf } from './view.js';

const sides = [2560, 1920, 1280, 960, 640];

export function createUploads({ list, post, newId, mostFiles, onChange, complain }) {
  let chosen = [];
  let most = 1024 * 1024;

  async function add(files) {
    for (const file of files) {
      if (chosen.length >= mostFiles) return complain(`A message has at most ${mostFiles} files.`);
      const one = { key: newId(), name: file.name || 'file', item: element('li', 'chip'), uploaded: null };
      chosen.push(one);
      list.append(one.item);
      show(one, 'Uploading…');
      onChange();
      await upload(one, file);
    }
  }

  async function upload(one, file) {
    try {
      const small = await fitting(file);
      const problem = small.size === 0 ? 'It is empty' : small.size > most ? `Too large: at most ${sizeOf(most)}` : null;
      if (problem) {
        one.failed = true;
        show(one, problem);
        return;
      }
      one.name = small.name || one.name;
      one.uploaded = await post(small, one.name);
      show(one, sizeOf(one.uploaded.size));
    } catch (problem) {
      one.failed = true;
      show(one, problem.message, () => { one.failed = false; show(one, 'Uploading…'); onChange(); upload(one, file); });
    }
    onChange();
  }

  // Photos have more bytes than a request may have: what a screen shows of them does not.
  async function fitting(file) {
    if (file.size <= most || !/^image\/(png|jpeg|webp|avif|heic)$/.test(file.type)) return file;
    const bitmap = await createImageBitmap(file).catch(() => null);
    if (!bitmap) return file;
    for (const side of sides) {
      const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
      const canvas = element('canvas');
      [canvas.width, canvas.height] = [Math.max(1, Math.round(bitmap.width * scale)), Math.max(1, Math.round(bitmap.height * scale))];
      const brush = canvas.getContext('2d');
      brush.fillStyle = '#fff'; // JPEG has no transparency.
      brush.fillRect(0, 0, canvas.width, canvas.height);
      brush.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
      const blob = await new Promise(resolve => canvas.toBlob(resolve, 'image/jpeg', 0.85));
      if (blob && blob.size <= most) return new File([blob], file.name.replace(/\.\w+$/, '') + '.jpg', { type: 'image/jpeg' });
    }
    return file;
  }

  function show(one, words, retry) {
    const remove = button('×', () => { drop(one); onChange(); }, 'remove');
    remove.ariaLabel = 'Remove ' + one.name;
    one.item.classList.toggle('failed', Boolean(one.failed));
    one.item.replaceChildren(element('span', 'name', one.name), element('span', 'size', words), ...(retry ? [button('Retry', retry)] : []), remove);
  }

  function drop(one) {
    chosen = chosen.filter(other => other !== one);
    one.item.remove();
  }

  return {
    add,
    limit(bytes) { most = bytes || most; },
    get isReady() { return chosen.every(one => one.uploaded); },
    get count() { return chosen.length; },
    take() {
      const files = chosen.map(one => one.uploaded);
      for (const one of [...chosen]) drop(one);
      return files;
    },
  };
}
