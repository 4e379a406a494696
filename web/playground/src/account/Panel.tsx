import { useId, type ReactNode, type Ref } from 'react';

interface Props {
  ref: Ref<HTMLDialogElement>;
  title: string;
  children: ReactNode;
}

/** A small dialog under the button that opens it; Escape and a click beside it close it. */
export function Panel({ ref, title, children }: Props) {
  const heading = useId();
  return (
    <dialog
      ref={ref}
      className="heddle-panel"
      aria-labelledby={heading}
      onClick={(event) => event.target === event.currentTarget && event.currentTarget.close()}
      onKeyDown={(event) => event.stopPropagation() /* typing here is not meant for the editors' shortcuts */}
    >
      <div className="heddle-panel-content">
        <h2 id={heading}>{title}</h2>
        {children}
      </div>
    </dialog>
  );
}
