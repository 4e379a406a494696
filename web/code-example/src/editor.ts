import { closeBrackets, closeBracketsKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, indentWithTab } from '@codemirror/commands';
import { javascript } from '@codemirror/lang-javascript';
import { bracketMatching, indentOnInput, syntaxHighlighting } from '@codemirror/language';
import { EditorState } from '@codemirror/state';
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view';
import { classHighlighter } from '@lezer/highlight';
import { yCollab, yUndoManagerKeymap } from 'y-codemirror.next';
import type { Awareness } from 'y-protocols/awareness';
import * as Y from 'yjs';

/** A CodeMirror editor of one text of a document. */
export function editor(parent: HTMLElement, text: Y.Text, awareness: Awareness, name: string): EditorView {
  return new EditorView({
    parent,
    state: EditorState.create({
      doc: text.toJSON(),
      extensions: [
        lineNumbers(),
        drawSelection(),
        highlightActiveLine(),
        bracketMatching(),
        closeBrackets(),
        indentOnInput(),
        syntaxHighlighting(classHighlighter),
        name.endsWith('.js') ? javascript() : [],
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ 'aria-label': name }),
        keymap.of([...closeBracketsKeymap, ...yUndoManagerKeymap, ...defaultKeymap, indentWithTab]),
        yCollab(text, awareness, { undoManager: new Y.UndoManager(text) }),
      ],
    }),
  });
}
