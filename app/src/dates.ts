const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
const minute = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
});
const second = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });

const shown = (format: Intl.DateTimeFormat, time: string): string => {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? time : format.format(date);
};

/** `10 Jun 2022`. */
export const formatDay = (time: string): string => shown(day, time);
/** `10 Jun 2022, 09:49`. */
export const formatMinute = (time: string): string => shown(minute, time);
/** `09:49:26`. */
export const formatSecond = (time: string): string => shown(second, time);
