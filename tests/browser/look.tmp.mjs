import { openMapBrowser, openPage } from './stele.mjs';
const url='http://127.0.0.1:9922';
const shots=JSON.parse(process.argv[2]);
const browser=await openMapBrowser();
for (const [name,path,opts={}] of shots){
  const {page,problems}=await openPage(browser,{viewport:{width:opts.w??1300,height:opts.h??850},colorScheme:opts.dark?'dark':'light'});
  page.setDefaultTimeout(60000);
  await page.goto(url+path); try{await page.waitForLoadState('networkidle',{timeout:40000});}catch{console.log('no idle')}
  if(opts.do) await eval(`(async()=>{${opts.do}})()`);
  await page.waitForTimeout(opts.wait??2500);
  await page.screenshot({path:`/tmp/w/${name}.png`}); console.log(name,problems, page.url());
  await page.close();
}
await browser.close();
