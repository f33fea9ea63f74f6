import { type ReactElement, useEffect, useRef } from 'react';

interface Attributes {
  readonly id: string;
  readonly 'aria-describedby': string;
  readonly 'aria-invalid': boolean;
}

interface Props {
  readonly id: string;
  readonly label: string;
  readonly help?: string | undefined;
  readonly optional?: boolean;
  readonly problem: string | undefined;
  readonly children: (attributes: Attributes) => ReactElement;
}

/** A labelled field with what is wrong with it right below; the focus goes there when something is. */
export function Field({ id, label, help, optional, problem, children }: Props): ReactElement {
  const field = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (problem !== undefined) field.current?.querySelector<HTMLElement>('input, select')?.focus();
  }, [problem]);
  return (
    <div className="field" ref={field}>
      <label htmlFor={id}>
        {label}
        {optional === true && <span className="optional"> (optional)</span>}
      </label>
      {children({ id, 'aria-describedby': `${id}-problem ${id}-help`, 'aria-invalid': problem !== undefined })}
      <p id={`${id}-problem`} className="field-problem">
        {problem}
      </p>
      {help !== undefined && (
        <p id={`${id}-help`} className="help">
          {help}
        </p>
      )}
    </div>
  );
}
