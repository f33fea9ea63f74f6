import { type ReactElement, useId } from 'react';

interface Props<Value extends string> {
  readonly legend: string;
  readonly options: Readonly<Record<Value, string>>;
  readonly value: Value;
  readonly onChange: (value: Value) => void;
}

/** One of a few, as radio buttons that look like a switch. */
export function Choices<Value extends string>({ legend, options, value, onChange }: Props<Value>): ReactElement {
  const name = useId();
  const isOption = (each: string): each is Value => each in options;
  return (
    <fieldset className="choices">
      <legend>{legend}</legend>
      {Object.keys(options)
        .filter(isOption)
        .map((each) => (
          <label key={each}>
            <input type="radio" name={name} checked={each === value} onChange={() => onChange(each)} />
            <span>{options[each]}</span>
          </label>
        ))}
    </fieldset>
  );
}
