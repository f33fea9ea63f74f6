import { useEffect, useState } from 'react';

/** Time without typing after which the gateway is asked, in milliseconds. */
const SETTLED_MS = 250;

/** The value once it has not changed for a moment. */
export function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), SETTLED_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
